"""Queries over all bots, for pages that show a fleet. Implemented in `database`.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from bot_manager.domain.config import BotConfig
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.domain.status import BotStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """A bot as one row of a table: configuration, account and last activity.

    `config` is the configuration in force, `version` its number: the running session's, or the
    newest while the bot is stopped. `profit_before` is the profit at the time from which fills are
    counted, as of the last mark or fill, regardless of limits that a command reset. `checkpoint` is
    None until the first session. `last_order` may be a refused one. `started_at` is when it was
    last started, None if never. `is_instrument_known`: whether its instrument is stored; a bot
    created before that was required may trade one that is not collected.
    """

    status: BotStatus
    config: BotConfig
    version: int = 1
    profit_before: Decimal = Decimal(0)
    checkpoint: Checkpoint | None = None
    fills_since: int = 0
    last_order: AccountOrder | None = None
    started_at: datetime | None = None
    is_instrument_known: bool = True


class SessionCapital(msgspec.Struct, frozen=True, kw_only=True):
    """Capital of a bot from a session's first print on.

    `session` is the sequence of the journal entry that started it.
    """

    bot: str
    session: int
    time: datetime
    capital: Decimal


class RoundTripCount(msgspec.Struct, frozen=True, kw_only=True):
    """Number of closed round trips of a bot, and of those with a profit after both fees.

    `last_exit` is the sequence of the fill that closed the last of them, -1 before the first.
    """

    closed: int = 0
    won: int = 0
    last_exit: int = -1

    def combined_with(self, later: "RoundTripCount") -> "RoundTripCount":
        """Return the sum with the round trips closed after its last exit."""
        return RoundTripCount(
            closed=self.closed + later.closed, won=self.won + later.won, last_exit=later.last_exit
        )


class ProfitChange(msgspec.Struct, frozen=True, kw_only=True):
    """Change of the total profit of several bots at a time, in quote currency."""

    time: datetime
    change: Decimal


class FleetRepository(ABC):
    """Queries over many bots at once; spans are [start, end), aware UTC."""

    @abstractmethod
    def rows(self, since: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        """Return rows of the named bots, or all, by name; fills and profit count from `since`."""

    @abstractmethod
    def equity(self, start: datetime, end: datetime, step: timedelta) -> list[EquityMark]:
        """Return each bot's last mark in every step of time since the epoch, by bot and time."""

    @abstractmethod
    def fills(self, start: datetime, end: datetime) -> list[AccountOrder]:
        """Return the filled orders of all bots, by bot and sequence."""

    @abstractmethod
    def closed_round_trips(self, after: Mapping[str, int]) -> dict[str, RoundTripCount]:
        """Count the round trips that bots closed after a sequence each, an exit; -1 counts all.

        Bots without any are left out.
        """

    @abstractmethod
    def profit_changes(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> list[ProfitChange]:
        """Return the changes of the total profit of these bots at their marks and fills.

        In time order. The first is the profit up to and including `start`, at `start`; `end` is
        exclusive. A mark at the time of a fill comes before it.
        """

    @abstractmethod
    def paid_in(self) -> list[SessionCapital]:
        """Return the capital that every session of every bot started with, by bot and time."""
