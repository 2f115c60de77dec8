"""A started bot becomes a running one, however much history its strategy needs.

Collector's history, strategy engine and bot manager over one store in memory, by a virtual clock.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from data import Candle, TapeBatch, Timeframe, Trade
from data.collectors.backfill.candle_backfiller import CandleBackfiller
from strategies import Direction
from strategies.engine.settings import EngineSettings
from tests.builders import BTC, START, a_candle, a_trade, at
from tests.engine_world import World
from tests.fakes import InMemoryStore
from tests.fakes.collectors import an_isolation, collector_store
from tests.fakes.exchange import FakeExchange
from tests.laws.bot_world import BotWorld
from utils.clock import ManualClock

D1 = Timeframe.D1
DAY_S = 86_400
NEEDED = 20
"""Lookback of the Donchian channel in days."""


@dataclass
class Platform:
    """A market whose collection starts now, and a bot that waits for its history."""

    listed_days: int
    memory: InMemoryStore = field(default_factory=InMemoryStore)

    def __post_init__(self) -> None:
        now_s = self.listed_days * DAY_S + 40_000.0
        self.clock = ManualClock(at(now_s))
        self.exchange = FakeExchange(self._market(now_s))
        store = collector_store(self.memory)
        self.history = CandleBackfiller(store, self.exchange, self.clock, [D1], an_isolation())
        self.engine = World(EngineSettings(), memory=self.memory, clock=self.clock)
        self.bots = BotWorld(Random(1), store=self.memory, clock=self.clock, instruments=(BTC,))
        self.trades = 10_000
        self._collect([a_trade(self.trades, at_s=now_s)])
        parameters = {"length": NEEDED}
        self.bots.create("ann", timeframe="1d", strategy="DonchianBreakout", parameters=parameters)
        self.bots.request("ann", LifecycleEvent.START)

    def _market(self, now_s: float) -> list[Trade]:
        times = [n * DAY_S / 2 for n in range(2 * self.listed_days + 1)] + [now_s]
        return [a_trade(n, at_s=s, price=str(100 + n % 9)) for n, s in enumerate(times)]

    def _collect(self, trades: list[Trade], *candles: Candle) -> None:
        self.bots.writer.commit([TapeBatch(instrument=BTC, trades=trades, candles=candles)])

    def fetch(self) -> None:
        """Run the collector on the requested history."""
        asyncio.run(self.history.complete_requested([BTC], days=3650))

    def work(self) -> None:
        """Run engine and bots, and advance the clock."""
        for _ in range(2):
            self.engine.work(2)
            self.bots.turn()

    def next_day(self, close: str = "104") -> None:
        """Advance by a day whose candle closes at a price, and run all parts."""
        opened = D1.floor(self.clock.now())
        self.clock.advance(DAY_S)
        self.trades += 1
        at_s = (self.clock.now() - START).total_seconds()
        opened_s = (opened - START).total_seconds()
        closed = a_candle(opened_s, D1, ohlc=("103", close, "102", close))
        self._collect([a_trade(self.trades, at_s=at_s)], closed)
        self.work()

    @property
    def state(self) -> BotState:
        """Return the bot's state."""
        return self.bots.states()["ann"]

    @property
    def reason(self) -> str:
        """Return the bot's reason."""
        status = self.bots.stores.bots.get("ann")
        assert status is not None
        return status.reason


def test_a_bot_waits_for_its_history_and_then_runs_by_itself() -> None:
    platform = Platform(listed_days=60)
    platform.work()
    assert (platform.state, platform.reason) == (
        BotState.WARMING_UP,
        "no 1d candle of okx:BTC-USDT is stored yet",
    )
    platform.fetch()
    platform.work()
    assert platform.state is BotState.RUNNING
    events = [one.event for one in platform.bots.stores.bots.transitions("ann")]
    assert events == [LifecycleEvent.START, LifecycleEvent.WAITS, LifecycleEvent.OPENED]


def test_a_bot_that_has_some_history_waits_for_the_rest() -> None:
    platform = Platform(listed_days=60)
    platform.engine.candles.save([a_candle(59 * DAY_S, D1)])
    platform.work()
    assert platform.state is BotState.WARMING_UP
    assert platform.reason == (
        "warming up: 20 1d candles required before its first decision, 1 stored; "
        "older ones are requested"
    )
    platform.fetch()
    platform.work()
    assert platform.state is BotState.RUNNING


def test_a_bot_on_a_recent_instrument_reports_it_and_begins_when_enough_was_collected() -> None:
    platform = Platform(listed_days=17)
    platform.work()
    platform.fetch()
    platform.work()
    assert platform.state is BotState.WARMING_UP
    assert platform.reason == (
        "warming up: 20 1d candles required before its first decision, 17 stored; "
        "the exchange has no older ones: ready at 2025-01-26 00:00 UTC"
    )
    for _ in range(2):
        platform.next_day()
        assert platform.state is BotState.WARMING_UP
    platform.next_day()
    assert platform.state is BotState.RUNNING


def test_a_bot_decides_the_first_candle_that_closes_once_it_runs() -> None:
    platform = Platform(listed_days=60)
    platform.work()
    platform.fetch()
    platform.work()
    platform.next_day(close="150")
    (status,) = platform.bots.stores.signals.groups()
    assert status.last_signal is not None
    assert status.last_signal.close_time == D1.floor(platform.clock.now())
    assert status.target is Direction.LONG
