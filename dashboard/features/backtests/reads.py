"""Reads for the Backtests page, over the ports, and its forms. Blocking: read in a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from backtesting.archive.ports import BacktestQuery, BacktestRepository
from backtesting.config import BacktestConfig
from backtesting.errors import BacktestMissing, SweepMissing
from backtesting.record import BacktestRecord
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from dashboard.features.backtests.payload import (
    candles_payload,
    compared_payload,
    metrics_payload,
    result_payload,
    row_payload,
)
from dashboard.features.backtests.promotion import bot_values, not_copied
from dashboard.features.sweeps.form import sweep_fields, with_range
from dashboard.features.sweeps.payload import sweep_payload, sweep_row
from dashboard.features.sweeps.validation import CheckedSweep, check_sweep
from dashboard.forms.backtest_form import check_form, sections
from dashboard.forms.config_form import strategy_choices
from dashboard.forms.instruments import InstrumentChoices
from dashboard.forms.validation import CheckedForm
from data import InstrumentId, Timeframe
from data.errors import InstrumentMissing, InvalidValue
from data.ports import CandleRepository, InstrumentRepository
from strategies.ports import StrategyRepository
from utils.errors import ConfigError

CANDLES_SHOWN = 300
MAX_LISTED = 1_000
MAX_COMPARED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReads:
    """Reads as JSON for the page's scripts. Raises what the ports raise, and InvalidValue.

    A backtest that is not stored raises BacktestMissing, a sweep SweepMissing.
    """

    kept: BacktestRepository
    trials: TrialRepository
    instruments: InstrumentRepository
    candles: CandleRepository
    strategies: StrategyRepository

    def catalog(self) -> dict[str, Any]:
        """Return the fields and choices of the forms, and the definitions of the metrics."""
        return {
            "sections": sections(),
            "sweep": sweep_fields(),
            "strategies": [
                {**choice, "fields": [with_range(field) for field in choice["fields"]]}
                for choice in strategy_choices(self.strategies.files())
            ],
            **self.instrument_choices().payload(),
            "cards": metrics_payload(),
        }

    def check(self, given: Mapping[str, str]) -> CheckedForm[BacktestConfig]:
        """Return the configuration of a form, or its problems."""
        without_steps = self.instrument_choices().without_steps
        return check_form(given, self.strategies.files(), without_steps)

    def check_sweep(self, given: Mapping[str, str]) -> CheckedSweep:
        """Return the sweep of a form, or its problems."""
        without_steps = self.instrument_choices().without_steps
        return check_sweep(given, self.strategies.files(), without_steps)

    def instrument_choices(self) -> InstrumentChoices:
        """Return the instruments to choose from."""
        return InstrumentChoices.of(self.instruments.all(), self.instruments.names())

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
            raise SweepMissing(digest)
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
        """Return start and end of the known candles in Unix seconds, and their known share.

        Raises InstrumentMissing.
        """
        newest = self.candles.latest(name, length, 1)
        if not newest and self.instruments.get(name) is None:
            raise InstrumentMissing(name)
        if not newest:
            return {"start": None, "end": None, "known": 0.0}
        epoch, end = datetime(1970, 1, 1, tzinfo=UTC), newest[-1].close_time
        known = self.candles.coverage(name, length, epoch, end)
        if not known:
            return {"start": None, "end": None, "known": 0.0}
        covered = sum((span.end - span.start).total_seconds() for span in known)
        start, last = known[0].start, known[-1].end
        share = covered / (last - start).total_seconds()
        return {"start": int(start.timestamp()), "end": int(last.timestamp()), "known": share}

    def delete(self, backtest_ids: Sequence[int]) -> None:
        """Delete backtests. Raises BacktestMissing for one that is not stored, after the others."""
        missing = [one for one in backtest_ids if not self.kept.delete(one)]
        if missing:
            raise BacktestMissing(missing[0])

    def _record(self, backtest_id: int) -> BacktestRecord:
        record = self.kept.get(backtest_id)
        if record is None:
            raise BacktestMissing(backtest_id)
        return record
