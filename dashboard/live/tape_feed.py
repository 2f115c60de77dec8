"""The tapes that browsers watch: forming and closed candles, newest trades."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from dashboard.live.indicator_feed import IndicatorFeed
from dashboard.live.protocol import Bars, Trades
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.tape_view import TapeView
from dashboard.live.topics import CandleTopic, TradesTopic
from dashboard.views import Seed
from data import InstrumentId, Timeframe
from data.topics import CANDLES
from utils.clock import Clock
from utils.codec import encode
from utils.errors import ExternalServiceError
from utils.isolation import Isolation
from utils.messaging import Message

log = logging.getLogger("truetape.dashboard")

FRAMES_PER_S = 10
RETRY_SEED_S = 2.0
BACKLOG = 256
MAX_SEED_READS = 8
"""Seeds that are read at the same time: the other feeds read through the same queue."""

ReadSeed = Callable[[InstrumentId, list[Timeframe]], Awaitable[Seed]]


class TapeFeed:
    """Follows the messages of watched tapes from stored seeds, at most ten frames a second.

    `views` holds the view of each watched tape; the indicators follow what changes in them.
    """

    def __init__(
        self,
        read: ReadSeed,
        clock: Clock,
        subscriptions: LiveSubscriptions,
        isolation: Isolation,
        views: dict[InstrumentId, TapeView],
        indicators: IndicatorFeed,
    ) -> None:
        self._isolation = isolation
        self._read = read
        self._clock = clock
        self._subscriptions = subscriptions
        self._views = views
        self._indicators = indicators
        self._backlog: dict[InstrumentId, list[Message[Any]]] = {}
        self._work = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seed_reads = asyncio.Semaphore(MAX_SEED_READS)

    def follow(self) -> None:
        """Follow exactly what is watched now."""
        watched = self._subscriptions.timeframes
        for name in [name for name in self._views if name not in watched]:
            del self._views[name]
        for name, timeframes in watched.items():
            view = self._views.get(name)
            if view is None or not timeframes <= view.timeframes:
                self._views.setdefault(name, TapeView(name))
                self._start_seeding(name, lost=False)

    def restart_all(self) -> None:
        """Read every tape again: messages may have been lost."""
        for name in self._views:
            self._start_seeding(name, lost=True)

    def receive(self, message: Message[Any]) -> None:
        """Process a message of trades or candles."""
        name = InstrumentId.parse(message.key)
        if name in self._backlog:
            self._backlog[name] = [*self._backlog[name], message][-BACKLOG:]
        elif name in self._views:
            self._apply(self._views[name], message)

    async def run(self) -> None:
        """Serve until cancelled."""
        await self._isolation.repeat("tapes", self._send_frames)

    async def _send_frames(self) -> None:
        await self._work.wait()
        self._work.clear()
        self._flush()
        await self._clock.sleep(1 / FRAMES_PER_S)

    def _apply(self, view: TapeView, message: Message[Any]) -> None:
        if message.topic is CANDLES:
            view.add_closed(message.value().candles)
        elif not view.add_trades(message.value()):
            log.info("live view restarted", extra={"instrument": str(view.name)})
            self._start_seeding(view.name, lost=True)
        self._indicators.moved(view.name)
        self._work.set()

    # -- seeds

    def _start_seeding(self, name: InstrumentId, *, lost: bool) -> None:
        if name in self._backlog:
            return
        self._backlog[name] = []
        task = asyncio.create_task(self._seed(name, lost=lost))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _seed(self, name: InstrumentId, *, lost: bool) -> None:
        """Start a view from the store; retry a failed one while it is watched."""
        item = f"tape {name}"
        while name in self._views:
            with self._isolation.attempt(item) as attempt:
                await self._start_view(name, lost=lost)
            if not attempt.failed:
                return
            self._backlog[name] = []
            await self._clock.sleep(self._isolation.delay_s(item))
        self._backlog.pop(name, None)
        self._isolation.remove(item)

    async def _start_view(self, name: InstrumentId, *, lost: bool) -> None:
        """Read the seed of the tape, then apply the messages received meanwhile."""
        while name in self._views:
            timeframes = self._timeframes(name)
            try:
                seed = await self._read_seed(name, timeframes)
            except ExternalServiceError as error:
                log.warning("live view not read; retrying", extra={"reason": str(error)})
                await self._clock.sleep(RETRY_SEED_S)
                continue
            if seed is None or timeframes == self._timeframes(name):
                break
        backlog = self._backlog.pop(name)
        if name not in self._views or seed is None:
            return
        self._views[name].start(seed, timeframes)
        self._indicators.restart(name)
        if lost:
            self._subscriptions.send_resync(name)
        for message in backlog:
            self.receive(message)
        self._work.set()

    async def _read_seed(self, name: InstrumentId, timeframes: frozenset[Timeframe]) -> Seed | None:
        """Return the seed of a tape; None if it is not watched any more when its turn comes."""
        async with self._seed_reads:
            return await self._read(name, sorted(timeframes)) if name in self._views else None

    def _timeframes(self, name: InstrumentId) -> frozenset[Timeframe]:
        return self._subscriptions.timeframes.get(name, frozenset())

    # -- frames

    def _flush(self) -> None:
        for topic in self._subscriptions.watched:
            if not isinstance(topic, CandleTopic | TradesTopic):
                continue
            view = self._views.get(topic.instrument)
            if view is None or topic.instrument in self._backlog:
                continue
            with self._isolation.attempt(f"tape {topic.instrument}"):
                if isinstance(topic, TradesTopic):
                    self._send_trades(topic, view)
                else:
                    self._send_bars(topic, view)

    def _send_trades(self, topic: TradesTopic, view: TapeView) -> None:
        if rows := view.take_trades():
            number = self._subscriptions.next_number(topic)
            frame = Trades(topic=str(topic), number=number, rows=rows)
            self._subscriptions.send(topic, encode(frame), replaces=str(topic))

    def _send_bars(self, topic: CandleTopic, view: TapeView) -> None:
        bars, final = view.take_bars(topic.timeframe)
        if bars:
            number = self._subscriptions.next_number(topic)
            frame = Bars(topic=str(topic), number=number, bars=bars)
            # A closed candle must not be dropped.
            self._subscriptions.send(topic, encode(frame), replaces=None if final else str(topic))
