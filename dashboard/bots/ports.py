"""Somebody who replays bots for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from datetime import datetime

import msgspec

from bot_manager.proof import Proof


class BotVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay found: everything as it was stored, or the first difference in words.

    `cause`: data, config, command or code, where something differs.
    """

    bot: str
    checked_at: datetime
    identical: bool
    orders: int = 0
    marks: int = 0
    digest: str = ""
    cause: str = ""
    difference: str = ""


def verdict_of(proof: Proof) -> BotVerdict:
    """Return what the daily verification found."""
    return BotVerdict(
        bot=proof.bot,
        checked_at=proof.verified_at,
        identical=proof.identical,
        orders=proof.orders,
        marks=proof.marks,
        digest=proof.stored_digest,
        cause=proof.cause,
        difference=proof.difference,
    )


class BotChecks(ABC):
    """Replays one bot at a time, elsewhere."""

    @abstractmethod
    async def check(self, name: str) -> BotVerdict:
        """Replay a bot from its first session on. Raises ComputingUnavailable, ComputingFailed."""

    @abstractmethod
    def close(self) -> None:
        """End whatever runs."""
