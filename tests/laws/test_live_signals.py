"""Law 4 for signals: a live session equals the batch over the same announced candles."""

from collections.abc import Iterator
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import Candle, Timeframe, TimeSpan
from strategies import Strategy
from strategies.engine.settings import EngineSettings
from strategies.library import BollingerReversion, DonchianBreakout, EmaCrossover, RsiReversion
from strategies.user_code.loader import load_file
from strategies.workers.pool import WorkerJob
from tests.backtest_world import folded
from tests.builders import BTC
from tests.engine_world import ANCHOR_S, World, replayed, some_candles, user_file
from tests.fakes import InMemorySignalRepository, InMemoryStore
from tests.fakes.workers import JobOutcome
from tests.unit.strategies.signal_builders import a_request

CANDLES = 260
BUILT_IN: dict[str, tuple[type[Strategy], str]] = {
    "chart:ema": (EmaCrossover, '{"fast":2,"slow":4}'),
    "chart:bands": (BollingerReversion, '{"length":5}'),
    "chart:donchian": (DonchianBreakout, '{"length":8}'),
    "chart:rsi": (RsiReversion, '{"length":2}'),
}

actions = st.lists(
    st.one_of(
        st.tuples(st.just("close"), st.integers(1, 30)),
        st.tuples(st.just("look"), st.integers(1, 3)),
        st.tuples(st.just("die"), st.just(0)),
        st.tuples(st.just("away"), st.just(0)),
        st.tuples(st.just("back"), st.just(0)),
        st.tuples(st.sampled_from(["answers", "waits", "overruns", "dies"]), st.just(0)),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return user_file(tmp_path_factory.mktemp("strategies"))


@given(actions, st.integers(0, 10_000), st.integers(0, 200))
@settings(max_examples=25, deadline=None)
def test_a_session_with_any_faults_equals_the_batch(
    mine: Path, script: list[tuple[str, int]], seed: int, before: int
) -> None:
    world = World(
        EngineSettings(history_candles=40, allow_unverified=True, user_strategies=mine.parent)
    )
    world.request(a_request("chart:mine", strategy="Mine"))
    world.request(
        *(
            a_request(requester, strategy=kind.__name__, parameters=parameters)
            for requester, (kind, parameters) in BUILT_IN.items()
        )
    )
    candles = some_candles(CANDLES, seed, first_s=ANCHOR_S - 60 * 150)
    world.close(candles[:before])
    coming = iter(candles[before:])
    for action, count in script:
        play(world, action, count, coming)
    world.memory.available = True
    world.close(coming)
    world.finish()
    sources = {"chart:mine": kind_of(mine)()}
    sources |= {
        requester: kind.model_validate_json(parameters)
        for requester, (kind, parameters) in BUILT_IN.items()
    }
    for requester, strategy in sources.items():
        status = world.group(requester)
        assert status.evaluated_to == candles[-1].close_time
        assert world.stored(status.group) == replayed(
            world.candles, world.signals, status, strategy
        )


def kind_of(path: Path) -> type[Strategy]:
    """Return the strategy of a file."""
    return load_file(path).sources[0].kind


def always(outcome: JobOutcome, _: WorkerJob) -> JobOutcome:
    """Give every job the same outcome."""
    return outcome


def play(world: World, action: str, count: int, coming: Iterator[Candle]) -> None:
    if action == "close" and world.memory.available:
        world.close(islice(coming, count))
    elif action == "look":
        world.work(count)
    elif action == "die":
        world.restart()
    elif action in ("away", "back"):
        world.memory.available = action == "back"
    elif action != "close":
        world.evaluators.outcome = partial(always, action)


def test_the_session_is_worth_comparing(mine: Path) -> None:
    rules = EngineSettings(history_candles=40, allow_unverified=True, user_strategies=mine.parent)
    world = World(rules)
    world.request(a_request("chart:mine", strategy="Mine"))
    candles = some_candles(CANDLES, 1, first_s=ANCHOR_S - 60 * 150)
    world.close(candles[:60])
    world.work(3)
    for number, candle in enumerate(candles[60:]):
        outcomes: tuple[JobOutcome, ...] = ("overruns", "answers", "answers")
        outcome = outcomes[number % 3]
        world.evaluators.outcome = partial(always, outcome)
        world.close([candle])
        world.work(2)
    status = world.group("chart:mine")
    skips = world.signals.skips(status.group, status.started_from, candles[-1].close_time)
    stored = world.stored(status.group)
    assert len(skips) > 40
    assert len(stored) > 60
    everything = replayed(
        world.candles, InMemorySignalRepository(InMemoryStore()), status, kind_of(mine)()
    )
    assert stored != everything


TRENDING = """
from strategies import Directions, Indicators, SecondTimeframe, Strategy, StrategyFrame, decide
from strategies.indicators import Sma
from data import Timeframe


class Trending(Strategy):
    title = "Trending"

    def indicators(self) -> Indicators:
        return {"average": Sma(length=3)}

    def second(self) -> SecondTimeframe:
        return SecondTimeframe(Timeframe.M5, {"average": Sma(length=2)})

    def directions(self, frame: StrategyFrame) -> Directions:
        over = frame.close > frame["average"]
        up = frame.second.close > frame.second["average"]
        return decide(long=over & up, short=~over & ~up)
"""
MINUTES = st.lists(st.sampled_from(["trades", "quiet", "unknown"]), min_size=2, max_size=30)


@given(st.lists(st.tuples(MINUTES, st.integers(1, 12)), min_size=2, max_size=8), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_what_is_unknown_or_quiet_is_seen_alike_live_and_later(
    trending: Path, runs: list[tuple[list[str], int]], seed: int
) -> None:
    """Of both timeframes, for any start and end of the span, also before any later candle."""
    rules = EngineSettings(
        history_candles=1, allow_unverified=True, user_strategies=trending.parent
    )
    world = World(rules)
    world.request(a_request("chart:mine", strategy="Trending"))
    kinds = [kind for minutes, times in runs for kind in minutes * times][:300]
    kinds[0] = kinds[-1] = "trades"
    random_candles = some_candles(len(kinds), seed, quiet=0.0, first_s=ANCHOR_S - 60 * 150)
    minutes = [
        candle for candle, kind in zip(random_candles, kinds, strict=True) if kind == "trades"
    ]
    unknown = {
        candle.open_time
        for candle, kind in zip(random_candles, kinds, strict=True)
        if kind == "unknown"
    }
    known = [
        TimeSpan(candle.open_time, candle.close_time)
        for candle in random_candles
        if candle.open_time not in unknown
    ]
    fives = list(folded(minutes, Timeframe.M5))
    seen_to = random_candles[0].open_time
    for closed, later in pairwise(minutes):
        now = later.open_time
        world.candles.save([closed])
        world.candles.save([five for five in fives if seen_to < five.close_time <= now])
        for timeframe in (Timeframe.M1, Timeframe.M5):
            new_spans = [span for span in known if seen_to < span.end <= now]
            world.candles.add_coverage(BTC, timeframe, new_spans)
        world.work()
        seen_to = now
    world.finish()
    status = world.group("chart:mine")
    strategy = kind_of(trending)()
    assert world.stored(status.group) == replayed(world.candles, world.signals, status, strategy)


@pytest.fixture(scope="module")
def trending(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trending") / "trending.py"
    path.write_text(TRENDING)
    return path
