"""Reads for the pages of bots, over the ports. Blocking: read in a thread."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bot_manager.domain.journal import JournalEntry
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.ports import BotRepository, LedgerRepository
from bot_manager.domain.status import BotCommand
from bot_manager.domain.versions import ConfigVersion
from bot_manager.errors import UnknownBot, UnreadableVersion
from bot_manager.reporting.bot_warnings import BotWarnings
from bot_manager.reporting.fleet import FleetRepository, FleetRow, ProfitChange, SessionCapital
from bot_manager.reporting.run_warnings import RunWarning
from dashboard.forms.instruments import InstrumentChoices
from data import EPOCH, Instrument, InstrumentId
from data.ports import InstrumentRepository, TradeRepository

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
# More points of a curve would not be visible on a screen.
POINTS = 600
_FINEST = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotDetail:
    """One bot with all its details: configuration, account, history and commands.

    `versions` is empty and `unreadable` a sentence if a stored configuration cannot be read.
    """

    fleet_row: FleetRow
    instrument: Instrument | None
    price: Decimal | None
    versions: list[ConfigVersion]
    transitions: list[Transition]
    commands: list[BotCommand]
    journal: list[JournalEntry]
    orders: list[AccountOrder]
    marks: list[EquityMark]
    changes: list[ProfitChange]
    daily_before: datetime | None
    warnings: list[RunWarning]
    unreadable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHistory:
    """All bots over a span: their rows now, every fill, equity by day and, in the span, finer."""

    fleet_rows: list[FleetRow]
    prices: dict[InstrumentId, Decimal]
    paid_in: list[SessionCapital]
    fills: list[AccountOrder]
    days: list[EquityMark]
    marks: list[EquityMark]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetChanges:
    """How the profit of bots together changed at every mark and fill of a history.

    Up to `daily_before`, where it lies in the history, only the marks of day ends are stored.
    """

    changes: list[ProfitChange]
    daily_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotReads:
    """Reads over the ports. Raises what they raise, and UnknownBot."""

    bots: BotRepository
    ledger: LedgerRepository
    fleet: FleetRepository
    instruments: InstrumentRepository
    trades: TradeRepository
    warnings: BotWarnings

    def fleet_rows(self, now: datetime, names: Collection[str] | None = None) -> list[FleetRow]:
        """Return bots with their activity since the start of the UTC day of `now`."""
        return self.fleet.rows(midnight(now), names)

    def prices(self, instruments: Iterable[InstrumentId]) -> dict[InstrumentId, Decimal]:
        """Return the newest price of each instrument that was ever traded."""
        latest = {name: self.trades.latest(name, 1) for name in set(instruments)}
        return {name: trades[-1].price for name, trades in latest.items() if trades}

    def instrument_choices(self) -> InstrumentChoices:
        """Return the instruments to choose from."""
        return InstrumentChoices.of(self.instruments.all(), self.instruments.names())

    def version(self, name: str) -> ConfigVersion:
        """Return a bot's newest configuration. Raises UnknownBot, UnreadableVersion."""
        versions = self.bots.versions(name)
        if not versions:
            raise UnknownBot(name)
        return versions[-1]

    def detail(self, name: str, now: datetime) -> BotDetail:
        """Return one bot with all its details. Raises UnknownBot."""
        found = self.fleet_rows(now, [name])
        if not found:
            raise UnknownBot(name)
        config, instrument_id = found[0].config, found[0].config.instrument_id
        instrument, journal = self.instruments.get(instrument_id), self.ledger.journal(name)
        orders = self.ledger.orders(name, EPOCH, END_OF_TIME)
        versions, unreadable = self._versions(name)
        return BotDetail(
            fleet_row=found[0],
            instrument=instrument,
            price=self.prices([instrument_id]).get(instrument_id),
            versions=versions,
            transitions=self.bots.transitions(name),
            commands=self.bots.commands(name),
            journal=journal,
            orders=orders,
            marks=self.ledger.equity(name, EPOCH, END_OF_TIME),
            changes=self.fleet.profit_changes([name], EPOCH, END_OF_TIME),
            daily_before=self.ledger.daily_before([name]).get(name),
            warnings=self.warnings.of(config, instrument, journal, orders),
            unreadable=unreadable,
        )

    def _versions(self, name: str) -> tuple[list[ConfigVersion], str]:
        """Return the versions of a bot's configuration, else the reason why one is unreadable."""
        try:
            return self.bots.versions(name), ""
        except UnreadableVersion as error:
            return [], str(error)

    def changes(self, names: Collection[str], history: FleetHistory) -> FleetChanges:
        """Return how the profit of bots together changed at every mark and fill of a history."""
        daily_before = max(self.ledger.daily_before(names).values(), default=history.start)
        return FleetChanges(
            changes=self.fleet.profit_changes(names, history.start, history.end),
            daily_before=daily_before if daily_before > history.start else None,
        )

    def history(self, start: datetime | None, now: datetime) -> FleetHistory:
        """Return the history of all bots since `start`, else since the first bot started."""
        fleet_rows = self.fleet_rows(now)
        paid_in = self.fleet.paid_in()
        first = min((one.time for one in paid_in), default=now)
        start = max(start or first, first)
        instruments = [one.config.instrument_id for one in fleet_rows]
        return FleetHistory(
            fleet_rows=fleet_rows,
            prices=self.prices(instruments),
            paid_in=paid_in,
            fills=self.fleet.fills(EPOCH, END_OF_TIME),
            days=self.fleet.equity(EPOCH, END_OF_TIME, DAY),
            marks=self.fleet.equity(start, END_OF_TIME, step_of(now - start)),
            start=start,
            end=now,
        )


def midnight(time: datetime) -> datetime:
    """Return the start of a time's UTC day."""
    return time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def step_of(span: timedelta) -> timedelta:
    """Return a step in whole minutes that divides a span into about POINTS points."""
    return max(_FINEST, span // POINTS // _FINEST * _FINEST)
