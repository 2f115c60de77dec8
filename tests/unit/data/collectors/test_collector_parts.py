"""The small parts around a collector: directory, clock, status, factory, reconnect delays."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event, Semaphore

import pytest

from data import InstrumentState, Timeframe
from data.collectors.base import measure_offset_ms
from data.collectors.config import CollectorConfig, Endpoint, FeedRules
from data.collectors.factory import EXCHANGES, complete_config, create_collector
from data.collectors.feed.connection import CloseReason
from data.collectors.feed.socket_feed import reconnect_delay_s
from data.collectors.feed.stream import InstrumentStream
from data.collectors.instruments import InstrumentDirectory, is_delisted, refusal
from data.collectors.okx.collector import OkxCollector
from data.collectors.okx.messages import OkxProtocol
from data.collectors.status_tracker import CollectorStatusReporter, CollectorStatusTracker
from data.collectors.tape.pipeline import TapePipeline
from data.errors import TemporaryFeedError
from data.market.aggregation import CandleAggregator
from data.status import COLLECTORS, CollectorState, CollectorStatus
from tests.builders import BTC, ETH, START, an_instrument, at
from tests.fakes import InMemoryInstrumentRepository, InMemoryStore
from tests.fakes.bus import InMemoryBus
from tests.fakes.collectors import collector_store
from tests.fakes.exchange import FakeExchange
from tests.fakes.instruments import InMemoryCollectorStatusRepository
from utils.backoff import Backoff
from utils.clock import ManualClock
from utils.errors import ConfigError
from utils.messaging import Interest

ENDPOINT = Endpoint(rest_url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1")
CONFIG = CollectorConfig(name="spot", exchange="okx", instruments=("BTC-USDT", "ETH-USDT"))


def directory(exchange: FakeExchange, memory: InMemoryStore) -> InstrumentDirectory:
    return InstrumentDirectory(exchange, InMemoryInstrumentRepository(memory), [BTC, ETH])


async def test_what_the_exchange_lists_is_stored_and_what_is_gone_is_delisted() -> None:
    memory = InMemoryStore()
    exchange = FakeExchange([], known=[an_instrument(BTC), an_instrument(ETH)])
    assert set(await directory(exchange, memory).refresh()) == {BTC, ETH}
    exchange.known = [an_instrument(BTC)]
    known = await directory(exchange, memory).refresh()
    assert known[ETH].state is memory.instruments[ETH].state is InstrumentState.DELISTED
    assert (is_delisted(ETH, known), is_delisted(BTC, known)) == (True, False)
    assert refusal(BTC, known) == ""
    assert refusal(ETH, known) == "state at the exchange: delisted"
    assert refusal(ETH, {}) == "not listed by the exchange"


async def test_without_an_answer_the_store_has_the_instruments() -> None:
    memory = InMemoryStore()
    exchange = FakeExchange([], failures=iter([True, True]))
    with pytest.raises(TemporaryFeedError, match="no stored instrument data of"):
        await directory(exchange, memory).known()
    memory.instruments = {name: an_instrument(name) for name in (BTC, ETH)}
    assert set(await directory(exchange, memory).known()) == {BTC, ETH}


async def test_the_clock_offset_is_that_of_the_quickest_answer() -> None:
    clock = ManualClock(START)

    class SlowThenQuick(FakeExchange):
        response_times = iter([2.0, 0.2, 1.0])

        async def time(self) -> object:  # type: ignore[override]
            response_s = next(self.response_times)
            clock.advance(response_s)
            return clock.now() + timedelta(seconds=response_s)

    offset_ms = await measure_offset_ms(SlowThenQuick([]), clock, 3)
    assert offset_ms == pytest.approx(300)


def a_stream(*, acks: int, fresh: bool) -> InstrumentStream:
    stream = InstrumentStream(BTC, TapePipeline(BTC, None, CandleAggregator(BTC, [Timeframe.M1])))
    stream.acks, stream.fresh = acks, fresh
    return stream


def test_the_state_of_a_collector_is_reported_by_its_streams() -> None:
    tracker = CollectorStatusTracker(CONFIG, ENDPOINT, ManualClock(START))
    live, acked, lost = (
        a_stream(acks=1, fresh=True), a_stream(acks=1, fresh=False), a_stream(acks=0, fresh=True),
    )  # fmt: skip
    failed = a_stream(acks=0, fresh=False)
    failed.fail("refused")
    delisted = a_stream(acks=1, fresh=True)
    delisted.delist("state at the exchange: delisted")
    assert tracker.status().state is CollectorState.STARTING
    tracker.derive_from([lost])
    assert tracker.status().state is CollectorState.STARTING
    for streams, state in [
        ([live, live], CollectorState.LIVE),
        ([live, acked], CollectorState.DEGRADED),
        ([live, lost], CollectorState.DEGRADED),
        ([live, failed], CollectorState.DEGRADED),
        ([failed], CollectorState.FAILED),
        ([live, delisted], CollectorState.LIVE),
        ([lost, delisted], CollectorState.DEGRADED),
    ]:
        tracker.derive_from(streams)
        assert tracker.status().state is state
    tracker.derive_from([lost])
    tracker.on_disconnected("HTTP 503", at(7))
    status = tracker.status()
    assert (status.state, status.problem, status.retry_at) == (
        CollectorState.DISCONNECTED, "HTTP 503", at(7),
    )  # fmt: skip
    tracker.on_connected()
    assert tracker.status().problem == ""
    tracker.enter_phase(CollectorState.STORE_DOWN, "no database")
    assert tracker.status().problem == "no database"


def test_a_state_is_entered_once() -> None:
    clock = ManualClock(START)
    tracker = CollectorStatusTracker(CONFIG, ENDPOINT, clock)
    tracker.derive_from([a_stream(acks=1, fresh=True)])
    clock.advance(5)
    assert tracker.status().since == at(5)
    clock.advance(5)
    assert (tracker.status().since, tracker.status().reported_at) == (at(5), at(10))


async def test_the_status_is_saved_and_published_and_failures_are_not_its_business() -> None:
    memory, bus = InMemoryStore(), InMemoryBus()
    tracker = CollectorStatusTracker(CONFIG, ENDPOINT, ManualClock(START))
    reporter = CollectorStatusReporter(tracker, collector_store(memory, bus))
    with bus.subscribe([Interest(COLLECTORS, "spot")]) as subscription:
        await reporter.report()
        memory.available = False
        await reporter.report()
        assert [message.value() for message in subscription.receive(1)] == [tracker.status()] * 2
    assert memory.statuses == {"spot": tracker.status()}


class SlowStatuses(InMemoryCollectorStatusRepository):
    """Saves the first status only when it may."""

    def __init__(self, store: InMemoryStore) -> None:
        super().__init__(store)
        self.started, self.may_go_on = Event(), Event()
        self.saved = Semaphore(0)

    def save(self, statuses: Sequence[CollectorStatus]) -> None:
        if not self.started.is_set():
            self.started.set()
            self.may_go_on.wait(10)
        super().save(statuses)
        self.saved.release()


async def test_the_last_report_stays_although_one_cancelled_before_it_is_still_saved() -> None:
    memory = InMemoryStore()
    statuses = SlowStatuses(memory)
    tracker = CollectorStatusTracker(CONFIG, ENDPOINT, ManualClock(START))
    reporter = CollectorStatusReporter(tracker, replace(collector_store(memory), statuses=statuses))
    cancelled = asyncio.create_task(reporter.report())
    await asyncio.to_thread(statuses.started.wait, 10)
    cancelled.cancel()
    tracker.enter_phase(CollectorState.STOPPED)
    last = asyncio.create_task(reporter.report())
    await asyncio.wait([last], timeout=0.05)
    statuses.may_go_on.set()
    await last
    for _ in range(2):
        await asyncio.to_thread(statuses.saved.acquire, timeout=10)
    assert memory.statuses["spot"].state is CollectorState.STOPPED


def test_the_exchange_decides_the_collector() -> None:
    store, clock = collector_store(InMemoryStore()), ManualClock(START)
    simulated = CONFIG.model_copy(update={"exchange": "simulated"})
    assert isinstance(create_collector(simulated, ENDPOINT, store, clock), OkxCollector)
    kraken = CONFIG.model_copy(update={"exchange": "kraken"})
    with pytest.raises(ConfigError, match="exchange: must be one of okx, simulated, was 'kraken'"):
        create_collector(kraken, ENDPOINT, store, clock)
    others = {"kraken": OkxCollector}
    assert isinstance(create_collector(kraken, ENDPOINT, store, clock, others), OkxCollector)


def test_what_a_configuration_leaves_out_is_decided_by_its_exchange() -> None:
    class SlowOkxCollector(OkxCollector):
        channels = ("deals",)
        default_feed = FeedRules(heartbeat_s=60, requests_per_hour=10)

    given = CONFIG.model_copy(update={"feed": FeedRules(requests_per_hour=7)})
    completed = complete_config(given, {"okx": SlowOkxCollector})
    assert (completed.channel, completed.feed) == (
        "deals", FeedRules(heartbeat_s=60, requests_per_hour=7),
    )  # fmt: skip
    assert complete_config(completed, {"okx": SlowOkxCollector}) == completed
    unsupported = CONFIG.model_copy(update={"channel": "books"})
    with pytest.raises(
        ConfigError, match="channel: must be one of trades-all, trades, was 'books'"
    ):
        complete_config(unsupported, EXCHANGES)


def test_how_long_to_stay_away_depends_on_how_it_ended() -> None:
    def delays(code: int | None, count: int) -> list[float]:
        backoff = Backoff(first_s=0.5, cap_s=30, rng=random.Random(1))
        okx = OkxProtocol("okx", "trades")
        return [reconnect_delay_s(CloseReason(code, ""), okx, backoff, 5.0) for _ in range(count)]

    assert all(delay <= 0.5 for delay in delays(4004, 20))
    assert all(delay >= 5 for code in (4005, 4008, 4009, 429, 503) for delay in delays(code, 3))
    usual = delays(1006, 12)
    assert 0.25 <= usual[0] <= 0.75
    assert 15 <= usual[-1] <= 45
