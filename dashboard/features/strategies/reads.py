"""Reads of strategies, groups and signals for pages. Blocking: read in a thread."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.figures.signal_marks import SignalMark, signal_mark, skip_mark
from dashboard.read_limits import MAX_CANDLES
from data import InstrumentId, Timeframe
from strategies import Signal
from strategies.group_progress import GroupStatus
from strategies.ports import RequestRepository, SignalRepository, StrategyRepository
from strategies.requests import RequestStatus
from strategies.strategy_files import StrategyFile, StrategyVerificationResult
from utils.times import shifted

END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)
LAST_SIGNALS = 50


@dataclass(frozen=True, slots=True)
class ChartSignals:
    """Groups, requests and signals of one instrument and timeframe."""

    groups: list[GroupStatus]
    requests: list[RequestStatus]
    rows: list[SignalMark]


@dataclass(frozen=True, slots=True)
class StrategyOverview:
    """All that the Strategies page shows."""

    files: list[StrategyFile]
    verification_results: list[StrategyVerificationResult]
    groups: list[GroupStatus]
    requests: list[RequestStatus]
    last_signals: list[Signal]


@dataclass(frozen=True, slots=True)
class SignalReads:
    """Reads over the ports. Raises what they raise."""

    requests: RequestRepository
    signals: SignalRepository
    strategies: StrategyRepository

    def overview(self) -> StrategyOverview:
        """Return every strategy with its health, and the newest signals."""
        return StrategyOverview(
            self.strategies.files(),
            self.strategies.verification_results(),
            self.signals.groups(),
            self.requests.all(),
            self.signals.last_signals(LAST_SIGNALS),
        )

    def chart(self, name: InstrumentId, timeframe: Timeframe, since: datetime) -> ChartSignals:
        """Return the groups and requests of a chart, and its signals since a time."""
        groups = [
            status
            for status in self.signals.groups()
            if status.group.instrument == name and status.group.timeframe is timeframe
        ]
        requests = [
            status
            for status in self.requests.all()
            if status.request.instrument == name and status.request.timeframe is timeframe
        ]
        rows = [row for status in groups for row in self._rows(status, since)]
        return ChartSignals(groups, requests, sorted(rows, key=lambda row: row.time))

    def _rows(self, status: GroupStatus, since: datetime) -> list[SignalMark]:
        group = status.group
        reach = MAX_CANDLES * group.timeframe.duration
        since = max(since, shifted(status.evaluated_to, -reach))
        signals = self.signals.signals(group, since, END_OF_TIME)
        skips = self.signals.skips(group, since, END_OF_TIME)
        return [*map(signal_mark, signals), *(skip_mark(group, skip) for skip in skips)]
