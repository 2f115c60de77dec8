"""The target in force at a start: a bot and a backtest that start at one cursor are equal.

The account waits for a different target; with `enter_on_start` it acts on it at the first print.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from backtesting.config import BacktestConfig
from bot_manager.domain.config import read_bot
from bot_manager.domain.journal import JournalEntry, SessionStarted
from bot_manager.domain.session import session_of
from bot_manager.groups.account_fold import fold_accounts
from bot_manager.groups.accounts import open_bot_account
from bot_manager.groups.signal_view import SignalView
from bot_manager.trading import Scales
from data import Cursor, Timeframe, TimeSpan
from strategies import Direction, Group, Signal
from strategies.batch import evaluate_frames
from strategies.built_in import built_in_sources
from strategies.frame_reader import FrameReader
from tests.backtest_world import SPOT, SWAP, World
from tests.builders import START

STARTS = (0, 39)
"""In minutes after the first three hours."""
RULES = (("EmaCrossover", {"fast": 2, "slow": 5}), ("DonchianBreakout", {"length": 6}))

Deals = list[tuple[datetime, str, Decimal, Decimal]]


@pytest.fixture(scope="module", params=[SPOT, SWAP], ids=["spot", "swap"])
def world(request: pytest.FixtureRequest) -> World:
    """Return six hours of a tape."""
    world = World(request.param)
    world.add_trades(3_200)
    return world


@pytest.mark.parametrize("enter_on_start", [False, True])
@pytest.mark.parametrize("latency_ms", [0, 90_000])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule[0])
def test_a_bot_does_what_a_backtest_from_the_same_start_does(
    world: World, rule: tuple[str, dict[str, int]], latency_ms: int, enter_on_start: bool
) -> None:
    at_once = []
    for minutes in STARTS:
        config = world.config(
            strategy=rule[0],
            parameters=rule[1],
            timeframe="1m",
            resolution="trades",
            start=START + timedelta(hours=3, minutes=minutes),
            end=START + timedelta(hours=5, minutes=30),
            latency_ms=latency_ms,
            enter_on_start=enter_on_start,
            max_missing=1.0,
        )
        decided_signals = signals(world, config)
        tested = deals_of_backtest(world, config)
        assert tested == deals_of_bot(world, config, decided_signals)
        change = min(
            signal.close_time for signal in decided_signals if signal.close_time >= config.start
        )
        at_once.append(tested[0][0] < change)
    assert any(at_once) == enter_on_start


def deals_of_backtest(world: World, config: BacktestConfig) -> Deals:
    result = world.engine().run(config)
    assert result.agrees
    return [(fill.time, fill.side.value, fill.size, fill.price) for fill in result.fills()]


def deals_of_bot(world: World, config: BacktestConfig, decided_signals: Sequence[Signal]) -> Deals:
    """Fold a bot that starts where the backtest does, with all signals of its strategy."""
    bot = read_bot(
        {
            "name": "alice",
            "instrument": config.instrument,
            "timeframe": config.timeframe,
            "strategy": config.strategy,
            "parameters": config.parameters,
            "capital": config.capital,
            "sizing": config.sizing.model_dump(),
            "latency_ms": config.latency_ms,
            "enter_on_start": config.enter_on_start,
        }
    )
    facts = SessionStarted(
        version=1,
        group=group_of(config),
        instrument=world.instrument,
        scales=Scales.of(world.instrument),
        enter_on_start=bot.enter_on_start,
    )
    start = JournalEntry(
        bot="alice",
        sequence=0,
        effective_at=Cursor(config.start, 0),
        decision=facts,
        actor="ann",
        reason="",
        made_at=config.start,
    )
    account = open_bot_account(session_of([start], bot), decided_signals)
    before = Cursor(config.start, -1)
    tape = world.market.trades.after(config.instrument_id, before, 10_000)
    inside = [trade for trade in tape if trade.time < config.end]
    signal_view = SignalView(config.end, Timeframe.M1.duration, tuple(decided_signals))
    orders = fold_accounts([account], inside, signal_view).orders
    return [(one.time, one.side.value, one.size, one.price) for one in orders if one.filled]


def group_of(config: BacktestConfig) -> Group:
    return Group(
        instrument=config.instrument_id,
        timeframe=config.timeframe,
        strategy=config.strategy,
        version="v1",
        parameters="{}",
    )


def signals(world: World, config: BacktestConfig) -> list[Signal]:
    """Return the target changes from the first candle on."""
    strategy = built_in_sources()[config.strategy].kind(**config.parameters)
    reader = FrameReader(world.market.candles, config.instrument_id, Timeframe.M1, "flat")
    span, target, found = TimeSpan(START, config.end), Direction.FLAT, []
    for decided in evaluate_frames(strategy, reader.frames(span, strategy.warmup(Timeframe.M1))):
        closes = decided.open_time.astype("datetime64[us]").astype(datetime)
        for close, number in zip(closes, decided.targets.tolist(), strict=True):
            if Direction(number) is not target:
                target = Direction(number)
                found.append(
                    Signal(
                        group=group_of(config),
                        close_time=close.replace(tzinfo=START.tzinfo) + timedelta(minutes=1),
                        direction=target,
                        reason="",
                        window_digest="",
                    )
                )
    return found
