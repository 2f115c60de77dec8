"""The database that the fakes share, as plain dictionaries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from backtesting.record import BacktestRecord
from bot_manager.domain.status import FleetCommand
from data import Candle, Cursor, Hole, IdRange, Instrument, InstrumentId, Timeframe, TimeSpan, Trade
from data.errors import RepositoryUnavailable
from data.market.seals import LateSeal, Seal, TapeSealer
from data.retention import TapeDay
from data.retention.values import DayKey
from data.status import CollectorStatus
from strategies.charts import ChartLayout
from strategies.requests import RequestStatus
from strategies.signals import Group
from strategies.strategy_files import StrategyFile, StrategyVerificationResult
from utils.alerts import Alert, Delivery, Mute
from utils.audit import AuditEntry
from utils.cancellation import check_cancelled
from utils.telemetry import ProcessRecord, Sample

if TYPE_CHECKING:
    from tests.fakes.bots import StoredBot
    from tests.fakes.signals import StoredGroup


K = TypeVar("K")
V = TypeVar("V")


class SharedDict(dict[K, V]):
    """A dictionary of several threads: who iterates sees it as it was when he began.

    A copy in one call of C code is not interrupted by another thread.
    """

    def __iter__(self) -> Iterator[K]:
        return iter(list(super().keys()))

    def keys(self) -> list[K]:  # type: ignore[override]
        return list(super().keys())

    def values(self) -> list[V]:  # type: ignore[override]
        return list(super().values())

    def items(self) -> list[tuple[K, V]]:  # type: ignore[override]
        return list(super().items())


@dataclass
class StoredTape:
    """One instrument's trades by id, and where its tape begins and ends."""

    on_tape: dict[int, Trade] = field(default_factory=SharedDict)
    late: dict[int, Trade] = field(default_factory=SharedDict)
    first: Cursor | None = None
    end: Cursor | None = None
    holes: dict[IdRange, Hole] = field(default_factory=SharedDict)
    sealer: TapeSealer | None = None
    links: dict[int, Seal] = field(default_factory=SharedDict)
    late_seals: dict[datetime, LateSeal] = field(default_factory=SharedDict)
    sealed: bool = True
    writer: object | None = None


@dataclass
class StoredCandles:
    """The candles of one instrument and timeframe by open time; `versions` in arrival order.

    `digests` are the seals of the announced ones.
    """

    announced: dict[datetime, Candle] = field(default_factory=SharedDict)
    versions: list[Candle] = field(default_factory=list)
    digests: dict[datetime, bytes] = field(default_factory=SharedDict)
    covered: list[TimeSpan] = field(default_factory=list)
    dropped_before: datetime | None = None


@dataclass
class InMemoryStore:
    """All stored data. Set `available` to False, and every call raises RepositoryUnavailable.

    Orders and marks of `refused` bots, and advances of groups with `refused` parameters, raise
    RepositoryError.
    """

    instruments: dict[InstrumentId, Instrument] = field(default_factory=SharedDict)
    tapes: dict[InstrumentId, StoredTape] = field(default_factory=SharedDict)
    candles: dict[tuple[InstrumentId, Timeframe], StoredCandles] = field(default_factory=SharedDict)
    history_requests: dict[tuple[InstrumentId, Timeframe], datetime] = field(
        default_factory=SharedDict
    )
    statuses: dict[str, CollectorStatus] = field(default_factory=SharedDict)
    layouts: dict[str, ChartLayout] = field(default_factory=SharedDict)
    groups: dict[Group, "StoredGroup"] = field(default_factory=SharedDict)
    requests: dict[str, RequestStatus] = field(default_factory=SharedDict)
    files: dict[str, StrategyFile] = field(default_factory=SharedDict)
    verification_results: dict[tuple[str, str, str], StrategyVerificationResult] = field(
        default_factory=SharedDict
    )
    backtests: dict[int, BacktestRecord] = field(default_factory=SharedDict)
    bots: dict[str, "StoredBot"] = field(default_factory=SharedDict)
    fleet_commands: list[FleetCommand] = field(default_factory=list)
    cursors: dict[Group, Cursor] = field(default_factory=SharedDict)
    refused: set[str] = field(default_factory=set)
    audit: list[AuditEntry] = field(default_factory=list)
    samples: dict[tuple[str, str], dict[datetime, float]] = field(default_factory=SharedDict)
    newest_samples: dict[tuple[str, str], Sample] = field(default_factory=SharedDict)
    intervals: dict[tuple[str, str], dict[datetime, list[float]]] = field(
        default_factory=SharedDict
    )
    processes: dict[str, ProcessRecord] = field(default_factory=SharedDict)
    alerts: list[Alert] = field(default_factory=list)
    mutes: dict[tuple[str, str], Mute] = field(default_factory=SharedDict)
    outbox: dict[tuple[object, ...], Delivery] = field(default_factory=SharedDict)
    days: dict[DayKey, TapeDay] = field(default_factory=SharedDict)
    available: bool = True

    def tape(self, instrument: InstrumentId) -> StoredTape:
        """Return an instrument's tape, empty if nothing is stored."""
        self.require()
        return self.tapes.setdefault(instrument, StoredTape())

    def series(self, instrument: InstrumentId, timeframe: Timeframe) -> StoredCandles:
        """Return an instrument's candles of a timeframe, empty if nothing is stored."""
        self.require()
        return self.candles.setdefault((instrument, timeframe), StoredCandles())

    def require(self) -> None:
        """Raise RepositoryUnavailable if the store is unavailable, WorkCancelled if cancelled."""
        check_cancelled()
        if not self.available:
            raise RepositoryUnavailable("the store in memory plays dead")
