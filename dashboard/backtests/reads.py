"""Reads of stored backtests and of the market for the page, over the ports. Blocking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backtesting.archive.ports import BacktestQuery, BacktestRepository
from backtesting.record import BacktestRecord
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from dashboard.backtests.payload import (
    candles_payload,
    compared_payload,
    result_payload,
    row_payload,
)
from dashboard.backtests.promotion import bot_values, not_copied
from dashboard.backtests.sweep_payload import sweep_payload, sweep_row
from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from data.ports import CandleRepository, InstrumentRepository
from utils.errors import ConfigError

CANDLES_SHOWN = 300
MAX_LISTED = 1_000
MAX_COMPARED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReads:
    """Reads as JSON for the page's scripts. Raises what the ports raise, and InvalidValue."""

    kept: BacktestRepository
    trials: TrialRepository
    instruments: InstrumentRepository
    candles: CandleRepository

    def names(self) -> list[str]:
        """Return the stored instruments."""
        return [str(instrument.id) for instrument in self.instruments.all()]

    def history(self) -> list[dict[str, Any]]:
        """Return the stored backtests, newest first."""
        return [row_payload(one) for one in self.kept.search(BacktestQuery(limit=MAX_LISTED))]

    def result(self, backtest_id: int) -> dict[str, Any]:
        """Return one backtest with all its details."""
        return result_payload(self._record(backtest_id))

    def compared(self, backtest_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return what a comparison shows of each."""
        if not 2 <= len(backtest_ids) <= MAX_COMPARED:
            raise InvalidValue(
                f"ids: 2 to {MAX_COMPARED} backtests can be compared, {len(backtest_ids)} given"
            )
        return [compared_payload(self._record(one)) for one in backtest_ids]

    def sweeps(self) -> list[dict[str, Any]]:
        """Return the sweeps, newest first."""
        return [sweep_row(each) for each in self.trials.sweeps(MAX_LISTED)]

    def sweep(self, digest: str, metric: str) -> dict[str, Any]:
        """Return one sweep with its trials, the best by a metric first."""
        try:
            objective = Objective(metric)
        except ConfigError as error:
            raise InvalidValue(f"by: {error.problem}") from error
        sweep_key = self.trials.sweep(digest)
        if sweep_key is None:
            raise InvalidValue(f"digest: sweep {digest[:40]!r} does not exist")
        sharpes = self.trials.sharpes(sweep_key.strategy, sweep_key.instrument)
        return sweep_payload(sweep_key, self.trials.of(sweep_key), objective, sharpes)

    def promotion(self, backtest_id: int) -> dict[str, Any]:
        """Return the bot configuration of a backtest, and what cannot be copied."""
        record = self._record(backtest_id)
        return {"bot": bot_values(record), "warnings": not_copied(record)}

    def window(self, backtest_id: int, at: datetime | None) -> dict[str, Any]:
        """Return the candles of a backtest around a time, else its last ones, with its fills."""
        record = self._record(backtest_id)
        summary = record.summary
        name, timeframe = InstrumentId.parse(summary.instrument), Timeframe(summary.timeframe)
        length = CANDLES_SHOWN * timeframe.duration
        latest = max(summary.start, summary.end - length)
        start = latest if at is None else min(max(at - length / 2, summary.start), latest)
        end = min(start + length, summary.end)
        frame = self.candles.frame(name, timeframe, timeframe.floor(start), end, gaps=None)
        inside = [t for t in record.round_trips if t.entry_time < end and t.exit_time >= start]
        return {
            **candles_payload(frame, inside),
            "begins": start <= summary.start,
            "ends": end >= summary.end,
        }

    def stored_span(self, name: InstrumentId, length: Timeframe) -> dict[str, Any]:
        """Return start and end of the known candles in Unix seconds, and their known share."""
        newest = self.candles.latest(name, length, 1)
        if not newest:
            return {"start": None, "end": None, "known": 0.0}
        epoch, end = datetime(1970, 1, 1, tzinfo=UTC), newest[-1].close_time
        known = self.candles.known(name, length, epoch, end)
        if not known:
            return {"start": None, "end": None, "known": 0.0}
        covered = sum((span.end - span.start).total_seconds() for span in known)
        start, last = known[0].start, known[-1].end
        share = covered / (last - start).total_seconds()
        return {"start": int(start.timestamp()), "end": int(last.timestamp()), "known": share}

    def _record(self, backtest_id: int) -> BacktestRecord:
        record = self.kept.get(backtest_id)
        if record is None:
            raise InvalidValue(
                f"id: backtest {backtest_id} does not exist; it may have been deleted"
            )
        return record
