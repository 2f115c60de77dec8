"""The values of watched indicators as their candles form and close, a few times a second."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from dashboard.features.market.indicator_reads import with_last
from dashboard.figures.columns import rows_of
from dashboard.live.protocol import Values
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.tape_view import TapeView
from dashboard.live.topics import IndicatorTopic
from dashboard.services import DashboardServices
from data import Candle, CandleFrame, InstrumentId, Timeframe, from_datetime64, to_datetime64
from strategies.charts import evaluate_indicators
from strategies.indicators import Indicator
from strategies.window import first_row_of_anchor
from utils.clock import Clock
from utils.codec import encode
from utils.errors import ExternalServiceError
from utils.isolation import Isolation

log = logging.getLogger("truetape.dashboard")

UPDATES_PER_S = 4
RETRY_S = 2.0
# The first frame of a new watcher goes this many candles back: its snapshot is younger.
REACH = 30


@dataclass(slots=True)
class _Group:
    """The indicators of one instrument and timeframe, and the candles they are computed from.

    `shown`: opening time of the last row that was sent; None: send from further back.
    """

    name: InstrumentId
    timeframe: Timeframe
    indicators: dict[IndicatorTopic, Indicator] = field(default_factory=dict)
    frame: CandleFrame | None = None
    warmup: int = 0
    shown: np.datetime64 | None = None
    moved: bool = True

    @property
    def reach(self) -> timedelta:
        return REACH * self.timeframe.duration

    @property
    def item(self) -> str:
        return f"indicators {self.name} {self.timeframe}"

    def longest_warmup(self) -> int:
        return max(each.warmup(self.timeframe) for each in self.indicators.values())


class IndicatorFeed:
    """Computes the watched indicators; reads and computes only what has changed.

    `views` has the view of each watched tape, with its forming candles.
    """

    def __init__(
        self,
        services: DashboardServices,
        clock: Clock,
        isolation: Isolation,
        subscriptions: LiveSubscriptions,
        views: Mapping[InstrumentId, TapeView],
    ) -> None:
        self._services = services
        self._isolation = isolation
        self._clock = clock
        self._subscriptions = subscriptions
        self._views = views
        self._groups: dict[tuple[InstrumentId, Timeframe], _Group] = {}
        self._work = asyncio.Event()

    def follow(self, topics: Iterable[IndicatorTopic]) -> None:
        """Follow exactly these indicators."""
        topics_by_group: dict[tuple[InstrumentId, Timeframe], set[IndicatorTopic]] = {}
        for topic in topics:
            topics_by_group.setdefault((topic.instrument, topic.timeframe), set()).add(topic)
        for key in self._groups.keys() - topics_by_group.keys():
            self._isolation.remove(self._groups.pop(key).item)
        for key, indicators in topics_by_group.items():
            self._follow_in(self._groups.setdefault(key, _Group(*key)), indicators)

    def moved(self, name: InstrumentId) -> None:
        """Mark the indicators of an instrument as due: its tape advanced."""
        for group in self._groups.values():
            if group.name == name:
                group.moved = True
                self._work.set()

    def restart(self, name: InstrumentId) -> None:
        """Read the candles of an instrument again: its view was restarted."""
        for group in self._groups.values():
            if group.name == name:
                group.frame = group.shown = None
        self.moved(name)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._isolation.repeat("indicators", self._update_moved)

    async def _update_moved(self) -> None:
        await self._work.wait()
        self._work.clear()
        for group in [each for each in self._groups.values() if each.moved]:
            if not self._isolation.is_due(group.item):
                continue
            with self._isolation.attempt(group.item) as attempt:
                await self._update(group)
            if attempt.failed:
                group.frame, group.moved = None, True
        if any(group.moved for group in self._groups.values()):
            self._work.set()
        await self._clock.sleep(1 / UPDATES_PER_S)

    def _follow_in(self, group: _Group, topics: set[IndicatorTopic]) -> None:
        fresh = topics - group.indicators.keys()
        group.indicators = {
            topic: group.indicators.get(topic) or topic.indicator for topic in topics
        }
        if fresh:
            group.shown = None
            group.moved = True
            self._work.set()

    async def _update(self, group: _Group) -> None:
        group.moved = False
        try:
            await self._advance(group)
            await self._send_rows(group)
        except ExternalServiceError as error:
            log.warning("indicators not computed; retrying", extra={"reason": str(error)})
            group.frame, group.moved = None, True
            await self._clock.sleep(RETRY_S)
            self._work.set()

    async def _advance(self, group: _Group) -> None:
        """Extend the group's candles to the one that is forming."""
        view = self._views.get(group.name)
        forming = view.forming(group.timeframe) if view is not None else None
        frame, warmup = group.frame, group.longest_warmup()
        if frame is not None and warmup <= group.warmup:
            frame = await self._continued(frame, forming)
        else:
            frame = None
        if frame is None:
            since = forming.open_time if forming is not None else self._clock.now()
            frame = await self._services.thread_pools.run(
                self._services.indicators.frame,
                group.name,
                group.timeframe,
                since - group.reach,
                warmup,
            )
            group.warmup, group.shown = warmup, None
        group.frame = _trimmed(frame, group.reach, group.warmup)

    async def _continued(self, frame: CandleFrame, forming: Candle | None) -> CandleFrame | None:
        if len(frame) < 2 or forming is None:
            return None if len(frame) < 2 else frame
        newest, now = frame.open_time[-1], to_datetime64(forming.open_time)
        if now < newest:
            return frame
        if now == newest:
            return with_last(frame, forming)
        run, indicators = self._services.thread_pools.run, self._services.indicators
        return await run(indicators.extended, frame, forming)

    async def _send_rows(self, group: _Group) -> None:
        frame, indicators = group.frame, dict(group.indicators)
        if frame is None or not len(frame) or not indicators:
            return
        newest = frame.open_time[-1]
        since = group.shown if group.shown is not None else newest - np.timedelta64(group.reach)
        group.shown = newest
        values = await self._services.function_runner.call(
            evaluate_indicators, frame, tuple(indicators.values()), since
        )
        for at, topic in enumerate(indicators):
            rows = rows_of(values, at)
            number = self._subscriptions.next_number(topic)
            update = Values(topic=str(topic), number=number, rows=rows)
            # More rows than the forming one must not be dropped.
            replaces = None if len(rows) > 1 else str(topic)
            self._subscriptions.send(topic, encode(update), replaces=replaces)


def _trimmed(frame: CandleFrame, reach: timedelta, warmup: int) -> CandleFrame:
    """Return the frame without rows that no value within `reach` of its end depends on."""
    if not len(frame):
        return frame
    first = to_datetime64(from_datetime64(frame.open_time[-1]) - reach)
    row = int(np.searchsorted(frame.open_time, first))
    return frame.take(slice(first_row_of_anchor(frame, row, warmup), None))
