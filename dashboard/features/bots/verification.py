"""The last replay of each bot: those of the daily verification, and those that users request."""

from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from bot_manager.domain.ports import BotVerificationRepository
from bot_manager.domain.verification import BotVerification, BotVerificationRecord
from dashboard.jobs.function_runner import FunctionRunner


class BotVerificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a replay: identical to what was stored, or the first difference as text.

    `cause`: data, config, command or code, where something differs.
    """

    bot: str
    verified_at: datetime
    identical: bool
    orders: int = 0
    marks: int = 0
    digest: str = ""
    cause: str = ""
    difference: str = ""


BotReplay = Callable[[str], BotVerificationResult]
"""Replays a bot from its first session on, in another process; picklable."""


class BotVerifications:
    """Caches the last result of each bot. `refresh` blocks; `replay` runs in another process."""

    def __init__(
        self,
        stored: BotVerificationRepository,
        function_runner: FunctionRunner,
        replay_bot: BotReplay,
    ) -> None:
        self._stored = stored
        self._function_runner = function_runner
        self._replay_bot = replay_bot
        self._results: dict[str, BotVerificationResult] = {}

    def of(self, name: str) -> BotVerificationResult | None:
        """Return the last result of a bot."""
        return self._results.get(name)

    def refresh(self, names: Collection[str] | None = None) -> None:
        """Read the daily verifications of these bots, or all; a later replay stays the last."""
        for name, verification in self._stored.latest(names).items():
            cached = self._results.get(name)
            if cached is None or cached.verified_at < verification.verified_at:
                result = verification_result_of(verification, verification.verified_at)
                self._results[name] = result

    async def replay(self, name: str) -> BotVerificationResult:
        """Replay a bot. Raises WorkerUnavailable, WorkFailed."""
        self._results[name] = await self._function_runner.call(self._replay_bot, name)
        return self._results[name]

    def close(self) -> None:
        """End a running replay."""
        self._function_runner.close()


def verification_result_of(
    found: BotVerification | BotVerificationRecord, verified_at: datetime
) -> BotVerificationResult:
    """Return the result of a verification, as of a time."""
    return BotVerificationResult(
        bot=found.bot,
        verified_at=verified_at,
        identical=found.identical,
        orders=found.orders,
        marks=found.marks,
        digest=found.stored_digest,
        cause=found.cause,
        difference=found.difference,
    )
