"""The reads and writes of indicators and layouts, without blocking the event loop.

Every method may raise RepositoryUnavailable, RepositoryError and, where it computes,
WorkerUnavailable and WorkFailed: all of them ExternalServiceErrors.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from dashboard.charts.reads import IndicatorReads
from dashboard.jobs.compute import Computing
from dashboard.thread_pools import ThreadPools
from data import Candle, CandleFrame, InstrumentId, Timeframe
from strategies.charts import BUILT_IN_LAYOUTS, ChartLayout, IndicatorValues, evaluate_indicators
from strategies.charts.ports import ChartLayoutRepository
from strategies.errors import LayoutMissing, LayoutNameTaken
from strategies.indicators import Indicator

_RESERVED = frozenset(layout.name for layout in BUILT_IN_LAYOUTS)


class ChartServices:
    """Frames are read in threads, values computed by a worker."""

    def __init__(
        self,
        reads: IndicatorReads,
        layouts: ChartLayoutRepository,
        computing: Computing,
        thread_pools: ThreadPools,
    ) -> None:
        self._reads = reads
        self._layouts = layouts
        self._computing = computing
        self._read = thread_pools.read

    async def frame(
        self,
        name: InstrumentId,
        timeframe: Timeframe,
        since: datetime,
        warmup: int,
        end: datetime | None = None,
    ) -> CandleFrame:
        """Return the candles from `since` on, the forming one last, after their warm-up.

        `end`: exclude candles that open then or later. Raises InvalidValue for too many.
        """
        return await self._read(self._reads.frame, name, timeframe, since, warmup, end)

    async def extended(self, frame: CandleFrame, forming: Candle) -> CandleFrame | None:
        """Return the frame extended to this candle; None: it must be read again."""
        return await self._read(self._reads.extended, frame, forming)

    async def values(
        self, frame: CandleFrame, indicators: Sequence[Indicator], since: np.datetime64
    ) -> IndicatorValues:
        """Return the values of indicators from `since` on."""
        return await self._computing.call(evaluate_indicators, frame, tuple(indicators), since)

    async def layouts(self) -> list[ChartLayout]:
        """Return the saved layouts, by name."""
        return await self._read(self._layouts.all)

    async def save_layout(self, layout: ChartLayout) -> None:
        """Insert or replace a layout. Raises ConfigError, LayoutNameTaken."""
        layout.check()
        _refuse_reserved(layout.name)
        await self._read(self._layouts.save, layout)

    async def rename_layout(self, name: str, new_name: str) -> None:
        """Give a layout another name. Raises ConfigError, LayoutMissing, LayoutNameTaken."""
        ChartLayout(name=new_name)
        _refuse_reserved(new_name)
        if name in _RESERVED:
            raise LayoutMissing(name)
        await self._read(self._layouts.rename, name, new_name)

    async def delete_layout(self, name: str) -> None:
        """Delete a layout."""
        await self._read(self._layouts.delete, name)

    def close(self) -> None:
        """End the worker."""
        self._computing.close()


def _refuse_reserved(name: str) -> None:
    if name in _RESERVED:
        raise LayoutNameTaken(name)
