"""The reads and commands of the Backtests page, without blocking the event loop.

Methods that read may raise RepositoryUnavailable, RepositoryError and InvalidValue.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.backtests.form import sections
from dashboard.backtests.form_validation import CheckedBacktest, check_form
from dashboard.backtests.payload import cards_payload
from dashboard.backtests.reads import BacktestReads
from dashboard.backtests.runs import RunQueue
from dashboard.backtests.sweep_form import sweep_fields, with_range
from dashboard.backtests.sweep_validation import CheckedSweep, check_sweep
from dashboard.forms.catalog import strategy_choices
from dashboard.thread_pools import ThreadPools
from data import InstrumentId, Timeframe
from strategies.ports import StrategyRepository


class BacktestServices:
    """The form, the jobs, the stored backtests and the sweeps."""

    def __init__(
        self,
        reads: BacktestReads,
        strategies: StrategyRepository,
        jobs: RunQueue,
        thread_pools: ThreadPools,
    ) -> None:
        self._reads = reads
        self._strategies = strategies
        self.jobs = jobs
        self._read = thread_pools.read

    async def catalog(self) -> dict[str, Any]:
        """Return the fields of the form, and the cards of the metrics."""
        return await self._read(self._catalog)

    async def check(self, given: Mapping[str, str]) -> CheckedBacktest:
        """Return the configuration of a form, or its problems."""
        return await self._read(self._check, given)

    async def check_sweep(self, given: Mapping[str, str]) -> CheckedSweep:
        """Return the sweep of a form, or its problems."""
        return await self._read(self._check_sweep, given)

    async def history(self) -> list[dict[str, Any]]:
        """Return the stored backtests, newest first."""
        return await self._read(self._reads.history)

    async def result(self, backtest_id: int) -> dict[str, Any]:
        """Return one backtest with all its details."""
        return await self._read(self._reads.result, backtest_id)

    async def compared(self, backtest_ids: Sequence[int]) -> list[dict[str, Any]]:
        """Return what a comparison shows of each."""
        return await self._read(self._reads.compared, backtest_ids)

    async def sweeps(self) -> list[dict[str, Any]]:
        """Return the sweeps, newest first."""
        return await self._read(self._reads.sweeps)

    async def sweep(self, digest: str, metric: str) -> dict[str, Any]:
        """Return one sweep with its trials, the best by a metric first."""
        return await self._read(self._reads.sweep, digest, metric)

    async def promotion(self, backtest_id: int) -> dict[str, Any]:
        """Return the bot configuration of a backtest, and what cannot be copied."""
        return await self._read(self._reads.promotion, backtest_id)

    async def window(self, backtest_id: int, at: datetime | None) -> dict[str, Any]:
        """Return candles and fills around a time, or the last ones."""
        return await self._read(self._reads.window, backtest_id, at)

    async def stored_span(self, instrument: InstrumentId, timeframe: Timeframe) -> dict[str, Any]:
        """Return start and end of the known candles, and their known share."""
        return await self._read(self._reads.stored_span, instrument, timeframe)

    async def annotate(self, backtest_id: int, note: str, tags: Sequence[str]) -> None:
        """Replace note and tags."""
        await self._read(self._reads.kept.annotate, backtest_id, note, tags)

    async def delete(self, backtest_ids: Sequence[int]) -> None:
        """Delete backtests."""
        for backtest_id in backtest_ids:
            await self._read(self._reads.kept.delete, backtest_id)

    def close(self) -> None:
        """End all running and waiting jobs."""
        self.jobs.close()

    def _check(self, given: Mapping[str, str]) -> CheckedBacktest:
        return check_form(given, self._strategies.files())

    def _check_sweep(self, given: Mapping[str, str]) -> CheckedSweep:
        return check_sweep(given, self._strategies.files())

    def _catalog(self) -> dict[str, Any]:
        return {
            "sections": sections(),
            "sweep": sweep_fields(),
            "strategies": [
                {**choice, "fields": [with_range(field) for field in choice["fields"]]}
                for choice in strategy_choices(self._strategies.files())
            ],
            "instruments": self._reads.names(),
            "cards": cards_payload(),
        }
