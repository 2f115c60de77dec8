"""Metrics of the groups of signals and of their delay."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from data import InstrumentId, Timeframe
from data.ports import CandleRepository
from strategies.group_progress import GroupStatus
from strategies.ports import SignalRepository, StrategyRepository
from utils.telemetry import Sample, samples_of

Series = tuple[InstrumentId, Timeframe]


class SignalStats:
    """Reads metrics over all groups; `behind_s` is that of the one furthest behind."""

    def __init__(
        self,
        signals: SignalRepository,
        candles: CandleRepository,
        strategies: StrategyRepository,
    ) -> None:
        self._signals = signals
        self._strategies = strategies
        self._candles = candles

    def read(self, now: datetime) -> tuple[Sample, ...]:
        """Return the metrics as samples. Raises repository errors."""
        groups = self._signals.groups()
        series = {(status.group.instrument, status.group.timeframe) for status in groups}
        newest = self._candles.newest(series) if series else {}
        behind = [_behind(status, newest) for status in groups]
        metrics = {
            "groups": len(groups),
            "skipping": sum(status.skipping for status in groups),
            "broken_files": sum(bool(file.problems) for file in self._strategies.files()),
            "behind_s": max(behind, default=timedelta()).total_seconds(),
        }
        return samples_of("signals", now, metrics)


def _behind(status: GroupStatus, newest: Mapping[Series, datetime]) -> timedelta:
    """Return the closed time not evaluated yet: it ends where the newest candle opens."""
    newest_open = newest.get((status.group.instrument, status.group.timeframe))
    if newest_open is None:
        return timedelta()
    return max(timedelta(), newest_open - status.evaluated_to)
