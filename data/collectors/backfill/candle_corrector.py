"""Better versions of candles announced as incomplete: rebuilt, or the exchange's."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from data.collectors.config import HistoryRules
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from utils.clock import Clock

log = logging.getLogger("truetape.collector.candle_correction")

_TRIES = 3


@dataclass(slots=True)
class _PendingCandle:
    candle: Candle
    due_at_s: float
    tries: int = 0


class CandleCorrector:
    """Keeps incomplete candles; some seconds after their close, fetches a better version."""

    def __init__(
        self,
        store: CollectorStore,
        rest: ExchangeRest,
        rules: HistoryRules,
        clock: Clock,
        rebuilder: CandleRepairer,
    ) -> None:
        self._store = store
        self._rest = rest
        self._rules = rules
        self._clock = clock
        self._rebuilder = rebuilder
        self._pending: list[_PendingCandle] = []

    def add_announced(self, candles: Iterable[Candle]) -> None:
        """Add the incomplete ones of candles that were just committed."""
        due_at_s = self._clock.monotonic_s() + self._rules.settle_s
        self._pending += [_PendingCandle(c, due_at_s) for c in candles if not c.complete]

    async def add_stored(
        self, instruments: Iterable[InstrumentId], timeframes: Iterable[Timeframe]
    ) -> None:
        """Add the incomplete ones of the newest stored candles."""
        for instrument in instruments:
            for timeframe in timeframes:
                newest = await asyncio.to_thread(
                    self._store.candles.latest, instrument, timeframe, self._rules.scan_candles
                )
                self.add_announced(newest)

    async def complete(self) -> None:
        """Correct the candles that are due. Raises feed and repository errors."""
        now_s = self._clock.monotonic_s()
        due = [pending for pending in self._pending if pending.due_at_s <= now_s]
        for pending in due[: self._rules.corrections_per_round]:
            pending.tries += 1
            pending.due_at_s = now_s + self._rules.round_s
            if await self._correct(pending.candle) or pending.tries >= _TRIES:
                self._pending.remove(pending)

    async def _correct(self, candle: Candle) -> bool:
        span = TimeSpan(candle.open_time, candle.close_time)
        rebuilt = await asyncio.to_thread(
            self._rebuilder.rebuild_one, candle.instrument, candle.timeframe, span
        )
        if rebuilt:
            return True
        exchange_candles = await self._rest.candles_before(
            candle.instrument, candle.timeframe, candle.close_time, 1
        )
        same = [c for c in exchange_candles if c.open_time == candle.open_time and c.volume > 0]
        await asyncio.to_thread(self._store.candles.save, same)
        return bool(same)
