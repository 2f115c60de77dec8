"""Somebody who replays bots for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from datetime import datetime

import msgspec


class BotVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay found: everything as it was stored, or the first difference in words."""

    bot: str
    checked_at: datetime
    identical: bool
    orders: int = 0
    marks: int = 0
    digest: str = ""
    difference: str = ""


class BotChecks(ABC):
    """Replays one bot at a time, elsewhere."""

    @abstractmethod
    async def check(self, name: str) -> BotVerdict:
        """Replay a bot from its first session on. Raises ComputingUnavailable, ComputingFailed."""

    @abstractmethod
    def close(self) -> None:
        """End whatever runs."""
