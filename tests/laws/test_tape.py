"""Law 2: for any faults of a feed, with REST available, the tape equals the exchange's ledger."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from data import (
    Candle,
    CandleAggregator,
    HoleState,
    Side,
    TapeBatch,
    Timeframe,
    TimeSpan,
    Trade,
    parents_of,
)
from data.collectors.backfill.deferred_holes import DeferredHoleFiller
from data.collectors.backfill.hole_repair import HoleRepairer
from data.collectors.config import RepairRules
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer
from data.collectors.tape.pipeline import TapePipeline
from data.collectors.tape.resume import FoldResumer
from data.ports import TapeWriter
from data.verification.candle_rebuild import CandleRebuild
from data.verification.tape_check import TapeCheck
from tests.builders import BTC, START
from tests.fakes import InMemoryStore
from tests.fakes.collectors import collector_store
from tests.fakes.exchange import FakeExchange
from utils.clock import ManualClock

TIMEFRAMES = (Timeframe.S1, Timeframe.M1, Timeframe.M3, Timeframe.M5, Timeframe.M15, Timeframe.H1)
RULES = RepairRules(reorder_grace_s=0, retry_s=0.01)
DELIVERIES = ("deliver", "deliver", "deliver", "lose", "twice", "later", "much later")
EVENTS = ("nothing", "nothing", "nothing", "commit", "repair", "kill", "reconnect")


@dataclass(frozen=True)
class Step:
    """One trade of the market, the feed's fault with it, and the event after it."""

    skipped_ids: int
    pause_ms: int
    price: int
    delivery: str
    event: str


steps = st.lists(
    st.builds(
        Step,
        skipped_ids=st.sampled_from((0, 0, 0, 0, 0, 1, 3)),
        pause_ms=st.sampled_from((-30, 0, 0, 5, 400, 1_500, 20_000, 70_000, 400_000)),
        price=st.integers(1, 9),
        delivery=st.sampled_from(DELIVERIES),
        event=st.sampled_from(EVENTS),
    ),
    min_size=1,
    max_size=40,
)
failures = st.lists(st.booleans(), max_size=6)


def ledger_of(steps_taken: list[Step]) -> list[Trade]:
    trades: list[Trade] = []
    trade_id, time = 0, START + timedelta(seconds=17)
    for step in steps_taken:
        trade_id += 1 + step.skipped_ids
        time += timedelta(milliseconds=step.pause_ms)
        trades.append(
            Trade(
                instrument=BTC, trade_id=trade_id, price=Decimal(step.price),
                size=Decimal(trade_id), side=Side.BUY, time=time, exchange_time=time,
            )
        )  # fmt: skip
    return trades


class World:
    """A collector's core between a faulty feed and a store that survives it."""

    def __init__(self, exchange: FakeExchange, rules: RepairRules) -> None:
        self.store = collector_store(InMemoryStore())
        self.exchange = exchange
        self.rules = rules
        self.clock = ManualClock(START)
        self.in_flight: list[tuple[int, Trade]] = []
        self.seen = 0
        self.writer: TapeWriter
        self.start()

    def start(self) -> None:
        self.writer = self.store.trades.open_writer()
        self.writer.claim([BTC])
        end = self.writer.end(BTC)
        resumer = FoldResumer(self.store.trades, self.store.candles, self.store.holes)
        self.pipeline = TapePipeline(BTC, end, resumer.resume(BTC, TIMEFRAMES, end))

    def deliver(self, step: Step, trade: Trade) -> None:
        copies = {"lose": [], "twice": [0, 2], "later": [2], "much later": [9]}
        self.in_flight += [(delay, trade) for delay in copies.get(step.delivery, [0])]
        due = [trade for delay, trade in self.in_flight if delay <= 0]
        self.in_flight = [(delay - 1, trade) for delay, trade in self.in_flight if delay > 0]
        if due:
            self.pipeline.receive(due)
            self.seen = max(self.seen, *(trade.trade_id for trade in due))

    async def apply(self, event: str) -> None:
        match event:
            case "commit":
                self.commit()
            case "repair":
                await self.repair()
            case "reconnect":
                self.in_flight.clear()
            case "kill":
                self.in_flight.clear()
                self.writer.close()
                self.start()

    async def repair(self) -> None:
        await HoleRepairer(self.exchange, self.rules, self.clock, lambda _: None).repair(
            self.pipeline
        )

    def commit(self) -> None:
        batch: TapeBatch | None = self.pipeline.take()
        if batch is not None:
            self.writer.commit([batch])

    def on_tape(self) -> list[Trade]:
        return _stored(self.store, on_tape=True)

    def announced(self, timeframe: Timeframe) -> list[Candle]:
        return self.store.candles.announced(BTC, timeframe, *_ALWAYS)


_ALWAYS = (START - timedelta(days=1), START + timedelta(days=30))


def _stored(store: CollectorStore, *, on_tape: bool) -> list[Trade]:
    return [t for page in store.trades.between(BTC, *_ALWAYS, on_tape=on_tape) for t in page]


def run_steps(steps_taken: list[Step], faults: list[bool], rules: RepairRules) -> World:
    """Run all steps; at the end the feed works again."""
    ledger = ledger_of(steps_taken)
    world = World(FakeExchange(ledger, failures=iter(faults)), rules)

    async def play() -> None:
        for index, (step, trade) in enumerate(zip(steps_taken, ledger, strict=True)):
            world.exchange.listed = index + 1
            world.deliver(step, trade)
            await world.apply(step.event)
        world.pipeline.receive(ledger[-1:])
        world.seen = ledger[-1].trade_id
        await world.repair()
        world.commit()

    with asyncio.Runner() as runner:
        runner.run(play())
    return world


def uninterrupted(world: World) -> list[Candle]:
    """Fold the tape as an uninterrupted collector would, split where harmful holes are."""
    torn_at = {
        hole.ids.last + 1
        for hole in world.store.holes.of(BTC)
        if hole.state is not HoleState.VERIFIED
    }
    fold = CandleAggregator(BTC, TIMEFRAMES)
    candles: list[Candle] = []
    for trade in world.on_tape():
        if trade.trade_id in torn_at:
            fold.break_off()
        candles += fold.add(trade)
    return candles


def assert_candles_are_those_of_an_uninterrupted_fold(world: World) -> None:
    expected = uninterrupted(world)
    for timeframe in TIMEFRAMES:
        assert world.announced(timeframe) == [c for c in expected if c.timeframe is timeframe]


@settings(max_examples=300, deadline=None)
@given(steps, failures)
def test_the_stored_tape_equals_the_ledger_up_to_the_last_id_seen(
    steps_taken: list[Step], faults: list[bool]
) -> None:
    world = run_steps(steps_taken, faults, RULES)
    tape = world.on_tape()
    first = tape[0].trade_id
    ledger = [t for t in world.exchange.ledger if first <= t.trade_id <= world.seen]
    assert [_facts(trade) for trade in tape] == [_facts(trade) for trade in ledger]
    assert all(before.time <= behind.time for before, behind in pairwise(tape))
    assert {hole.state for hole in world.store.holes.of(BTC)} <= {HoleState.VERIFIED}
    assert_candles_are_those_of_an_uninterrupted_fold(world)
    assert_nothing_is_wrong(world)


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(1, 4))
def test_what_a_tape_did_not_wait_for_comes_late_and_is_then_complete(
    steps_taken: list[Step], hold_ids: int
) -> None:
    world = run_steps(steps_taken, [], RULES.model_copy(update={"hold_ids": hold_ids}))
    assert_candles_are_those_of_an_uninterrupted_fold(world)
    rebuilder = CandleRepairer(world.store, TIMEFRAMES)
    filler = DeferredHoleFiller(world.store, world.exchange, RULES, rebuilder)
    with asyncio.Runner() as runner:
        runner.run(filler.fill_all(BTC))
        runner.run(filler.fill_all(BTC))
    first = world.on_tape()[0].trade_id
    ledger = [_facts(t) for t in world.exchange.ledger if t.trade_id >= first]
    assert [_facts(t) for t in sorted(_stored(world.store, on_tape=False), key=_id)] == ledger
    assert all(hole.state.harmless for hole in world.store.holes.of(BTC))
    assert_best_candles_are_complete(world, rebuilder)
    assert_nothing_is_wrong(world)


def assert_nothing_is_wrong(world: World) -> None:
    """Check that the verification finds no fault in what the platform itself stored."""
    store, span = world.store, TimeSpan(*_ALWAYS)
    rebuild = CandleRebuild(store.trades, store.holes, BTC, span)
    check = TapeCheck(store.candles, store.trades, store.holes, rebuild, BTC)
    found = check.differences(TIMEFRAMES, span)
    assert [one for one in found if one.kind.is_fault] == []
    assert rebuild.chain.breaks == []


def assert_best_candles_are_complete(world: World, rebuilder: CandleRepairer) -> None:
    """Check that every closed candle that opened after the tape's start folds all stored trades."""
    rebuilder.rebuild(BTC, TimeSpan(*_ALWAYS))
    tape_start = world.on_tape()[0].time
    stored = _stored(world.store, on_tape=False)
    end = stored[-1].time
    for timeframe in parents_of(TIMEFRAMES):
        best = world.store.candles.best(BTC, timeframe, *_ALWAYS)
        fold = CandleAggregator(BTC, [timeframe])
        closed = [candle for trade in stored for candle in fold.add(trade)]
        expected = [c for c in closed if c.open_time > tape_start and c.close_time <= end]
        assert [c for c in best if c.open_time > tape_start] == expected


def _facts(trade: Trade) -> tuple[object, ...]:
    return trade.trade_id, trade.price, trade.size, trade.side, trade.exchange_time


def _id(trade: Trade) -> int:
    return trade.trade_id
