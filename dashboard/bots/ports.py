"""The port that replays bots for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from datetime import datetime

import msgspec

from bot_manager.domain.verification import VerificationRecord


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


def verification_result_of(verification: VerificationRecord) -> BotVerificationResult:
    """Return the result of the daily verification."""
    return BotVerificationResult(
        bot=verification.bot,
        verified_at=verification.verified_at,
        identical=verification.identical,
        orders=verification.orders,
        marks=verification.marks,
        digest=verification.stored_digest,
        cause=verification.cause,
        difference=verification.difference,
    )


class BotVerificationRunner(ABC):
    """Replays one bot at a time, in another process."""

    @abstractmethod
    async def check(self, name: str) -> BotVerificationResult:
        """Replay a bot from its first session on. Raises ComputingUnavailable, ComputingFailed."""

    @abstractmethod
    def close(self) -> None:
        """End a running replay."""
