"""Background completion of the past while live data are collected: four loops."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from data.collectors.backfill.candle_backfiller import CandleBackfiller
from data.collectors.backfill.candle_corrector import CandleCorrector
from data.collectors.backfill.deferred_holes import DeferredHoleFiller
from data.collectors.config import CollectorConfig
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer
from data.errors import PermanentFeedError, TemporaryFeedError
from data.market.instrument import InstrumentId
from data.market.tape import TapeBatch
from utils.clock import Clock
from utils.errors import ServiceUnavailable
from utils.isolation import Isolation, ItemFailures

log = logging.getLogger("truetape.collector.completion")

_TAPE_BEGINS_WITHIN_S = 0.5


class BackfillService:
    """Fills deferred holes, downloads history and corrects candles, each in a loop of its own."""

    def __init__(
        self,
        config: CollectorConfig,
        store: CollectorStore,
        rest: ExchangeRest,
        clock: Clock,
        failures: ItemFailures,
    ) -> None:
        # A failing instrument does not affect others; an outage of exchange or store affects all.
        self._isolation = Isolation("history of", clock, failures, passing=(ServiceUnavailable,))
        rebuilder = CandleRepairer(store, config.timeframes)
        self._config = config
        self._clock = clock
        self._deferred_holes = DeferredHoleFiller(store, rest, config.repair, rebuilder)
        self._candle_corrector = CandleCorrector(store, rest, config.history, clock, rebuilder)
        self._history = CandleBackfiller(store, rest, clock, config.timeframes, self._isolation)

    def on_committed(self, batch: TapeBatch) -> None:
        """Add the candles of a committed batch."""
        if batch.candles:
            self._candle_corrector.add_announced(batch.candles)

    async def run(self, instruments: Sequence[InstrumentId]) -> None:
        """Work in rounds until cancelled. Raises repository errors."""
        if not instruments:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._rounds(lambda: self._fill_holes(instruments)))
            tasks.create_task(self._improve(instruments))
            if self._config.history_days:
                tasks.create_task(self._rounds(lambda: self._complete_history(instruments)))
            if self._config.warmup_days:
                every_s = self._config.history.requests_every_s
                tasks.create_task(
                    self._rounds(lambda: self._complete_requested(instruments), every_s)
                )

    async def _rounds(
        self, work: Callable[[], Awaitable[None]], every_s: float | None = None
    ) -> None:
        while True:
            try:
                await work()
            except (TemporaryFeedError, PermanentFeedError) as error:
                log.info("history not completed", extra={"error": str(error)})
            await self._clock.sleep(every_s or self._config.history.round_s)

    async def _improve(self, instruments: Sequence[InstrumentId]) -> None:
        await self._candle_corrector.add_stored(instruments, self._config.timeframes)
        await self._rounds(self._candle_corrector.complete)

    async def _fill_holes(self, instruments: Sequence[InstrumentId]) -> None:
        for instrument in instruments:
            with self._isolation.attempt(f"{instrument}: deferred gaps"):
                await self._deferred_holes.fill_all(instrument)

    async def _complete_history(self, instruments: Sequence[InstrumentId]) -> None:
        while not await self._history.complete(instruments, self._config.history_days):
            await self._clock.sleep(_TAPE_BEGINS_WITHIN_S)

    async def _complete_requested(self, instruments: Sequence[InstrumentId]) -> None:
        await self._history.complete_requested(instruments, self._config.warmup_days)
