"""All bots at once: what a screen that shows a fleet asks of the store. Implemented in `database`.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from bot_manager.config import BotConfig
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.status import BotStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """A bot as one row of a table: configuration, where its account stands, what it did.

    `config` is the one in force, `version` its number: that of the running session, at rest the
    newest. `profit_before` is what it had gained up to when its fills are counted from, at its last
    mark or fill; whatever a command did to its limits meanwhile.
    `checkpoint` is None until its first session. `last_order` may be a refused one. `started_at` is
    when it was last started, None if never. `is_instrument_known`: whether anything is stored of
    its instrument; a bot made before that was required may trade what nobody collects.
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
    """From a session's first print on a bot works with this capital.

    `session` is the sequence of the entry that began it.
    """

    bot: str
    session: int
    time: datetime
    capital: Decimal


class RoundTripCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many round trips a bot has closed, and how many of them won: a profit after both fees.

    `last_exit` is the sequence of the fill that closed the last of them, -1 before the first.
    """

    closed: int = 0
    won: int = 0
    last_exit: int = -1

    def combined_with(self, later: "RoundTripCount") -> "RoundTripCount":
        """Return it with what was closed behind its last exit."""
        return RoundTripCount(
            closed=self.closed + later.closed, won=self.won + later.won, last_exit=later.last_exit
        )


class ProfitChange(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the profit of bots together changed at a time, in quote currency."""

    time: datetime
    change: Decimal


class FleetRepository(ABC):
    """Reads of many bots in few questions; spans are [start, end), aware UTC."""

    @abstractmethod
    def figures(self, since: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        """Return bots, all unless named, by name; `since` counts their fills and profit."""

    @abstractmethod
    def equity(self, start: datetime, end: datetime, step: timedelta) -> list[EquityMark]:
        """Return each bot's last mark in every step of time since the epoch, by bot and time."""

    @abstractmethod
    def fills(self, start: datetime, end: datetime) -> list[AccountOrder]:
        """Return the filled orders of all bots, by bot and sequence."""

    @abstractmethod
    def closed_round_trips(self, behind: Mapping[str, int]) -> dict[str, RoundTripCount]:
        """Return what these bots closed behind the fill of a sequence, an exit; -1 is all.

        Bots that closed nothing there are left out.
        """

    @abstractmethod
    def profit_changes(
        self, names: Collection[str], start: datetime, end: datetime
    ) -> list[ProfitChange]:
        """Return how the profit of these bots together changed at each of their marks and fills.

        Rising in time. The first is the profit up to and with `start`, at `start`; `end` is
        exclusive. A mark at the time of a fill comes before it.
        """

    @abstractmethod
    def paid_in(self) -> list[SessionCapital]:
        """Return with how much capital every session of every bot began, by bot and time."""
