"""The engine: from stored candles to a consistent result, or to a clear error."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from backtesting.errors import (
    AccountOverflow,
    Cancelled,
    DataMissing,
    NoData,
    StrategyRaised,
    TapeBroken,
)
from backtesting.metrics import METRICS, EquityCurve, max_drawdown_of
from backtesting.metrics.metric_input import DAY_US
from backtesting.monitor import RunMonitor
from backtesting.run.engine import CODE, code_digest
from backtesting.run.result import BacktestResult
from bot_manager.trading import OrderReason
from data import Candle, Side, Timeframe, TimeSpan
from strategies.hosts.registry import StrategyRegistry
from tests.backtest_world import SPOT, SWAP, World, folded, random_minutes
from tests.builders import START
from tests.user_registry import make_registry
from utils.errors import ConfigError

TIGHT = {"stop_loss_bps": 5, "take_profit_bps": 5}


@pytest.fixture(scope="module")
def world() -> World:
    """Return nine days of minutes."""
    world = World()
    world.add_minutes(9 * 1440)
    return world


@pytest.fixture(scope="module")
def result(world: World) -> BacktestResult:
    """Return the result of the default run."""
    return world.engine().run(world.config())


def test_a_run_agrees_with_itself(result: BacktestResult) -> None:
    assert [(check.name, check.different) for check in result.reconciled] == [
        (name, 0) for name in ("fees", "cash", "position", "profit", "equity", "timing")
    ]
    assert result.agrees
    assert len(list(result.fills())) > 50
    assert list(result.metrics) == list(METRICS)
    assert result.metrics["round_trips"] == len(list(result.round_trips()))


def test_its_fills_folded_one_by_one_give_its_equity(result: BacktestResult) -> None:
    cash, position = result.config.capital, Decimal(0)
    for fill in result.fills():
        signed = fill.size if fill.side is Side.BUY else -fill.size
        cash -= signed * result.scales.contract * fill.price + fill.fee
        position += signed
    last = Decimal(str(list(result.history.candles())[-1].close[-1]))
    equity = result.scales.money(int(result.equities().equity[-1]))
    assert equity == cash + position * result.scales.contract * last


def test_equity_at_closes_equals_the_marks_of_the_kernel(result: BacktestResult) -> None:
    marks, equities = result.outcome.ledger.marks, result.equities()
    rows = np.searchsorted(equities.time_us, marks["time"])
    assert equities.time_us[rows].tolist() == marks["time"].tolist()
    assert equities.equity[rows].tolist() == marks["equity"].tolist()
    assert equities.value[rows].tolist() == marks["value"].tolist()


def test_the_maximum_drawdown_is_over_every_close_and_every_fill(result: BacktestResult) -> None:
    equities, fills = result.equities(), result.outcome.ledger.orders
    fills = fills[fills["refusal"] == 0]
    times = np.concatenate([[0], equities.time_us, fills["time"]])
    capital = int(result.outcome.ledger.parameters["capital"][0])
    # A fill at a close comes after it.
    order = np.lexsort([np.repeat([0, 1, 2], [1, len(equities), len(fills)]), times])
    equity = np.concatenate([[capital], equities.equity, fills["equity"]])[order].astype(float)
    max_fall = max_drawdown_of(EquityCurve(times[order], equity))
    assert result.metrics["max_drawdown"] == max_fall.fraction
    assert result.metrics["max_drawdown_money"] == max_fall.money / 10**result.scales.money_decimals
    recovery_us = max_fall.recovery_us
    assert result.metrics["recovery_days"] == (recovery_us and recovery_us / DAY_US)


def test_a_fall_inside_a_day_is_a_drawdown(world: World) -> None:
    """The daily marks of one day contain only its end."""
    half_a_day = {"start": START + timedelta(days=3), "end": START + timedelta(days=3, hours=12)}
    run = world.engine().run(world.config(**half_a_day))
    drawn = run.equities()
    highest = np.maximum.accumulate(drawn.equity)
    assert run.metrics["max_drawdown"] >= float(((highest - drawn.equity) / highest).max())
    assert run.metrics["max_drawdown"] > max_drawdown_of(run.outcome.run.curve).fraction


def test_in_flat_memory_the_result_is_the_same(world: World, result: BacktestResult) -> None:
    streamed = world.engine(max_rows_in_memory=100).run(world.config())
    assert type(streamed.history) is not type(result.history)
    assert streamed.digests == result.digests
    assert streamed.metrics == result.metrics


def test_on_minutes_signals_fill_at_the_same_opens(world: World, result: BacktestResult) -> None:
    fine = world.engine().run(world.config(resolution="1m"))
    assert fine.digests.outcome == result.digests.outcome
    assert fine.digests.data != result.digests.data


def test_ambiguous_candles_are_decided_by_their_minutes(world: World) -> None:
    left_open = world.engine().run(world.config(exits=TIGHT, drill_down=False))
    drilled = world.engine().run(world.config(exits=TIGHT))
    fine = world.engine().run(world.config(exits=TIGHT, resolution="1m"))
    assert left_open.outcome.ledger.drilled == 0
    assert left_open.metrics["ambiguous_candles"] > drilled.metrics["ambiguous_candles"]
    assert drilled.outcome.ledger.drilled > 5
    assert left_open.digests.intrabar == ""
    assert drilled.digests.intrabar != ""
    assert all(run.agrees for run in (left_open, drilled, fine))
    assert [f.reason for f in drilled.fills()] == [f.reason for f in fine.fills()]


def test_minutes_that_are_ambiguous_are_decided_by_their_trades() -> None:
    world = World()
    world.add_trades(5_000, apart_s=4.0)
    values: dict[str, Any] = {
        "start": START + timedelta(hours=3),
        "end": START + timedelta(hours=5),
        "exits": {"stop_loss_bps": 2, "take_profit_bps": 2},
        "parameters": {"fast": 2, "slow": 4},
        "timeframe": "1m",
    }
    left_open = world.engine().run(world.config(**values, drill_down=False))
    drilled = world.engine().run(world.config(**values))
    tape = world.engine().run(world.config(**values, resolution="trades"))
    assert left_open.metrics["ambiguous_candles"] > 0
    assert drilled.metrics["ambiguous_candles"] == 0
    assert drilled.agrees
    assert tape.agrees
    assert [f.reason for f in drilled.fills()] == [f.reason for f in tape.fills()]
    streamed = world.engine(max_rows_in_memory=100).run(world.config(**values, resolution="trades"))
    assert streamed.digests == tape.digests


def test_a_tape_that_breaks_the_chain_is_refused_and_the_row_named() -> None:
    world = World()
    world.add_trades(5_000, apart_s=4.0)
    span = {"start": START + timedelta(hours=3), "end": START + timedelta(hours=5)}
    rule = {"parameters": {"fast": 2, "slow": 5}, "timeframe": "1m", "resolution": "trades"}
    values: dict[str, Any] = {**span, **rule}
    assert world.engine().run(world.config(**values)).agrees
    rows = world.store.tape(SWAP.id).on_tape
    inside = sorted(t for t, row in rows.items() if span["start"] <= row.time < span["end"])
    copy = msgspec.structs.replace(rows[inside[7]], time=rows[inside[900]].time)
    rows[-1] = copy
    named = f"trade {copy.trade_id} at {copy.time.isoformat()}"
    with pytest.raises(TapeBroken, match=f"{re.escape(named)} has no seal"):
        world.engine().run(world.config(**values))
    del rows[-1], rows[inside[40]]
    with pytest.raises(TapeBroken, match=f"trade {inside[41]} at"):
        world.engine().run(world.config(**values))


def test_nothing_is_decided_before_the_start(result: BacktestResult) -> None:
    first = next(result.fills())
    assert first.time >= result.config.start
    assert result.outcome.ledger.targets["time"][0] >= result.history.scope.start_us
    assert result.outcome.run.curve.equity[0] == 10_000.0


def test_a_latency_of_a_candle_waits_for_the_next(world: World, result: BacktestResult) -> None:
    late = world.engine().run(world.config(latency_ms=5 * 60_000 + 1))
    plain = next(result.fills()).time
    assert next(late.fills()).time == plain + timedelta(minutes=5)
    assert late.agrees


def test_buying_and_holding_is_the_benchmark(result: BacktestResult) -> None:
    curve, held = result.outcome.run.curve, result.outcome.benchmark.curve
    assert held.time_us.tolist() == curve.time_us.tolist()
    frame = next(result.history.candles())
    change = float(frame.close[-1] / frame.open[0]) - 1
    assert result.metrics["benchmark_return"] == pytest.approx(change, abs=3e-3)


def test_spot_goes_flat_where_a_swap_goes_short() -> None:
    world = World(SPOT)
    world.add_minutes(9 * 1440)
    result = world.engine().run(world.config())
    assert {round_trip.side for round_trip in result.round_trips()} == {"buy"}
    assert result.agrees


def test_protections_lock_and_are_counted(world: World) -> None:
    result = world.engine().run(world.config(protections={"daily_loss": "0.01"}))
    assert result.metrics["locks"] > 0
    assert OrderReason.DAILY_LOSS in {fill.reason for fill in result.fills()}
    assert result.agrees


@pytest.mark.parametrize("name", ["MacdCross", "RsiReversion", "BollingerReversion"])
def test_every_rule_agrees_with_itself(world: World, name: str) -> None:
    assert world.engine().run(world.config(strategy=name, parameters={})).agrees


def test_one_preparation_serves_many_parameters(world: World) -> None:
    engine = world.engine()
    wide = StrategyRegistry().create("EmaCrossover", {"slow": 60})
    prepared = engine.prepare(world.config(), [wide])
    start = prepared.history.scope.span.start
    for slow in (20, 26, 60):
        single = engine.run(world.config(start=start, parameters={"slow": slow}))
        assert prepared.evaluate({"slow": slow}) == single.metrics
        outcome = prepared.run(prepared.strategy({"slow": slow}))
        assert outcome.digest() == single.digests.outcome
    assert prepared.evaluate({"slow": 60}, ["sharpe"]).keys() == {"sharpe"}


def test_an_unknown_parameter_is_refused_before_anything_is_read(world: World) -> None:
    world = World()
    with pytest.raises(ConfigError, match="is not a parameter"):
        world.engine().run(world.config(parameters={"quick": 3}))
    with pytest.raises(ConfigError, match="is not a strategy"):
        world.engine().run(world.config(strategy="Oracle"))


def test_an_unknown_instrument_is_refused_unless_its_steps_are_given() -> None:
    other = random_minutes(SWAP.id, 5 * 1440, 3, START)
    imported = World(SWAP)
    imported.store.instruments.clear()
    imported.market.candles.save(folded(other, Timeframe.M5))
    span = {"start": START + timedelta(days=3), "end": START + timedelta(days=5)}
    with pytest.raises(ConfigError, match="steps"):
        imported.engine().run(imported.config(**span))
    steps = {"price_step": "0.1", "size_step": "0.001", "min_size": "0.001"}
    assert imported.engine().run(imported.config(**span, steps=steps)).agrees


@pytest.mark.parametrize("days", [(-30, -20), (100, 120)])
def test_a_span_without_data_is_refused(world: World, days: tuple[int, int]) -> None:
    start, end = (START + timedelta(days=day) for day in days)
    with pytest.raises(NoData, match="no data of"):
        world.engine().run(world.config(start=start, end=end))
    with pytest.raises(NoData, match="no data of"):
        world.engine().run(world.config(start=start, end=end, resolution="trades"))


def test_a_span_shorter_than_a_candle_is_refused(world: World) -> None:
    start = START + timedelta(minutes=1)
    with pytest.raises(ConfigError, match="no complete 5m candle"):
        world.engine().run(world.config(start=start, end=start + timedelta(minutes=6)))


def test_holes_are_reported_and_refused_by_the_threshold() -> None:
    world = World()
    minutes = random_minutes(SWAP.id, 9 * 1440, 1, START)
    gap = TimeSpan(START + timedelta(days=4), START + timedelta(days=5))
    kept = [one for one in minutes if not gap.start <= one.open_time < gap.end]
    world.market.candles.save(folded(kept, Timeframe.M5))
    with pytest.raises(DataMissing, match=r"20\.00% of the span is unknown.*2025-01-10T00:00"):
        world.engine().run(world.config())
    result = world.engine().run(world.config(max_missing=0.2))
    assert result.quality.missing == pytest.approx(0.2)
    assert result.quality.gap_count == 1
    assert result.metrics["gap_candles"] == result.quality.missing_candles == 288
    world.market.candles.add_coverage(SWAP.id, Timeframe.M5, [gap])
    quiet = world.engine().run(world.config())
    assert quiet.quality.missing == 0


TWO_TIMEFRAMES = """
from data import Timeframe
from strategies import SecondTimeframe, Strategy, decide
from strategies.indicators import Ema

class TwoTimeframes(Strategy):
    title = "Two timeframes"
    length: int = 4

    def indicators(self):
        return {"fast": Ema(length=self.length)}

    def second(self):
        return SecondTimeframe(Timeframe.H1, {"slow": Ema(length=self.length)})

    def directions(self, frame):
        slow = frame.second["slow"]
        return decide(long=frame["fast"] > slow, short=frame["fast"] < slow)
"""


def test_a_second_timeframe_is_read_with_its_own_warmup(world: World, tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(TWO_TIMEFRAMES)
    found_registry = make_registry(tmp_path)
    config = world.config(strategy="TwoTimeframes")
    held = world.engine(found_registry).run(config)
    assert held.metrics["round_trips"] > 10
    assert world.engine(found_registry, max_rows_in_memory=50).run(config).digests == held.digests
    longer = found_registry.create("TwoTimeframes", {"length": 8})
    prepared = world.engine(found_registry).prepare(config, [longer])
    start = prepared.history.scope.span.start
    alone = world.engine(found_registry).run(
        world.config(strategy="TwoTimeframes", parameters={"length": 8}, start=start)
    )
    assert prepared.run(longer).digest() == alone.digests.outcome
    same = world.engine(found_registry).run(world.config(strategy="TwoTimeframes", start=start))
    assert prepared.run(prepared.strategy({})).digest() == same.digests.outcome


RAISES = """
from strategies import Strategy

class Raises(Strategy):
    title = "Raises"

    def directions(self, frame):
        return frame["nothing"]

class Odd(Strategy):
    title = "Odd"

    def directions(self, frame):
        return frame.close

class Divides(Strategy):
    title = "Divides"

    def directions(self, frame):
        return 1 // 0
"""


@pytest.mark.parametrize(
    ("name", "message"),
    [("Raises", "no column 'nothing'"), ("Odd", "directions"), ("Divides", "ZeroDivisionError")],
)
def test_a_strategy_that_raises_is_named(
    world: World, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "wrong.py").write_text(RAISES)
    engine = world.engine(make_registry(tmp_path))
    with pytest.raises(StrategyRaised, match=f"strategy {name}: .*{message}"):
        engine.run(world.config(strategy=name))


def test_more_capital_than_can_be_counted_is_refused(world: World) -> None:
    with pytest.raises(ConfigError, match="must be below"):
        world.engine().run(world.config(capital=10**17))


def test_money_that_grows_beyond_62_bits_is_a_plain_failure() -> None:
    world = World()
    minutes = random_minutes(SWAP.id, 5 * 1440, 1, START)
    leap = START + timedelta(days=4)
    risen = [one if one.open_time < leap else raised(one) for one in minutes]
    world.market.candles.save(folded(risen, Timeframe.M5))
    with pytest.raises(AccountOverflow, match="exceeds 62 bits"):
        world.engine().run(world.config(end=START + timedelta(days=5), capital=10**13))


def raised(candle: Candle) -> Candle:
    """Return a candle at prices a million times higher."""
    prices = {name: getattr(candle, name) * 10**6 for name in ("open", "high", "low", "close")}
    return msgspec.structs.replace(candle, **prices)


def test_a_run_can_be_followed_and_cancelled_in_the_middle(world: World) -> None:
    seen: list[float] = []
    world.engine().run(world.config(), RunMonitor(progress=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    for stop in (0, 2, len(seen) - 1):
        reports: list[float] = []
        monitor = RunMonitor(reports.append, lambda: len(reports) >= stop)  # noqa: B023 read at once
        with pytest.raises(Cancelled):
            world.engine().run(world.config(), monitor)
        assert len(reports) == stop


def test_the_code_digest_is_of_this_repository() -> None:
    root = Path(__file__).parents[4]
    assert all((root / folder).is_dir() for folder in CODE)
    assert code_digest() == code_digest(root)


@pytest.mark.parametrize("folder", CODE)
def test_a_change_of_any_module_that_may_change_a_result_changes_the_code_digest(
    tmp_path: Path, folder: str
) -> None:
    module = tmp_path / folder / "room" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("FEE = 1\n")
    before = code_digest(tmp_path)
    module.write_text("FEE = 2\n")
    assert code_digest.__wrapped__(tmp_path) != before
