"""The payload of a result: every metric from the stored record, calculated by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from backtesting.errors import BacktestMissing
from backtesting.monitor import UNMONITORED
from backtesting.record import EquitySample
from bot_manager.trading import OrderReason, RoundTrip
from dashboard.features.backtests.payload import metrics_payload
from dashboard.features.backtests.reads import BacktestReads
from dashboard.figures.curves import curve_columns, histogram, month_rows
from dashboard.forms.backtest_form import check_form
from data import InstrumentId, Side, Timeframe
from data.errors import InvalidValue
from tests.dashboard_world import BTC, World
from tests.inline_backtests import a_backtest_world, a_form


def a_sample(time: datetime, equity: int, value: int = 0, held: int = 100) -> EquitySample:
    return EquitySample(
        time=time,
        equity=Decimal(equity),
        position_value=Decimal(value),
        benchmark=Decimal(held),
    )


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def a_round_trip(profit: int) -> RoundTrip:
    return RoundTrip(
        account=0,
        side=Side.BUY,
        size=Decimal(1),
        entry_time=day(1, 1),
        exit_time=day(1, 2),
        entry_price=Decimal(100),
        exit_price=Decimal(100 + profit),
        entry_value=Decimal(100),
        exit_value=Decimal(100 + profit),
        fees=Decimal(0),
        profit=Decimal(profit),
        adverse=Decimal(0),
        favourable=Decimal(0),
        risk=Decimal(0),
        exit_reason=OrderReason.SIGNAL,
    )


def test_drawdown_counts_from_the_capital_on() -> None:
    samples = [a_sample(day(1, 1), 90), a_sample(day(1, 2), 120, 60), a_sample(day(1, 3), 90)]
    columns = curve_columns(samples, 100.0)
    assert columns["drawdown"] == [-0.1, 0.0, -0.25]
    assert columns["exposure"] == [0.0, 0.5, 0.0]
    assert columns["time"][1] - columns["time"][0] == 86_400


def test_years_come_newest_first_with_a_place_for_each_month() -> None:
    points = [(datetime(2025, 12, 30, tzinfo=UTC), 110.0), (day(1, 15), 121.0), (day(3, 1), 99.0)]
    new, old = month_rows(points, 100.0, datetime(2025, 12, 1, tzinfo=UTC))
    assert (new["year"], old["year"]) == (2026, 2025)
    assert new["months"] == [pytest.approx(0.1), pytest.approx(99 / 121 - 1), *[None] * 10]
    assert new["total"] == pytest.approx(-0.1)
    assert old["months"] == [*[None] * 11, pytest.approx(0.1)]


def test_every_round_trip_is_in_one_bin() -> None:
    result = histogram([a_round_trip(profit) for profit in (-2, -1, 1, 5, 5)])
    assert sum(result["counts"]) == 5
    assert (result["edges"][0], result["edges"][-1]) == (-0.02, 0.05)
    assert histogram([]) == {"edges": [], "counts": []}


def test_every_metric_has_a_card_with_its_formula() -> None:
    cards = {card["name"]: card for card in metrics_payload()}
    assert cards["sharpe"]["title"] == "Sharpe ratio"
    assert all(card["formula"] for card in cards.values())


@pytest.fixture(scope="module")
def backtest_world() -> World:
    world, runs = a_backtest_world(900)
    for more in ({}, {"parameters__fast": "9"}):
        config = check_form(a_form(world, **more), world.strategies.files()).config
        assert config is not None
        runs.run(config.model_dump(mode="json"), UNMONITORED)
    return world


@pytest.fixture
def reads(backtest_world: World) -> BacktestReads:
    return backtest_world.services().backtests


def test_a_result_has_all_that_the_page_draws(reads: BacktestReads) -> None:
    result = reads.result(1)
    assert result["agrees"]
    assert result["values"]["parameters.fast"] == "5"
    assert len(result["curve"]["time"]) == len(result["curve"]["equity"]) > 400
    assert result["round_trips"] == len(result["closed_round_trips"]) > 3
    assert sum(result["histogram"]["counts"]) == len(result["closed_round_trips"])
    assert result["months"][0]["total"] == pytest.approx(result["total_return"], abs=1e-9)
    assert set(result["digests"]) == {"config", "data", "code", "intrabar", "outcome"}
    assert result["quality"]["candles"] >= 479


def test_candles_come_with_the_fills_among_them(reads: BacktestReads) -> None:
    last = reads.window(1, None)
    assert (last["begins"], last["ends"], last["step_s"]) == (False, True, 60)
    first = reads.window(1, datetime.now(UTC) - timedelta(days=2))
    assert first["begins"]
    assert len(first["candles"]["time"]) == 300
    assert all(
        round_trip["exit_time"] >= first["candles"]["time"][0]
        for round_trip in first["closed_round_trips"]
    )


def test_a_comparison_requires_two_that_exist(reads: BacktestReads) -> None:
    result = reads.compared([1, 2])
    assert [run["values"]["parameters.fast"] for run in result] == ["5", "9"]
    assert result[0]["curve"]["growth"][-1] == pytest.approx(result[0]["total_return"], abs=1e-9)
    with pytest.raises(InvalidValue, match="2 to 8"):
        reads.compared([1])
    with pytest.raises(BacktestMissing, match="backtest 99 does not exist"):
        reads.compared([1, 99])


def test_notes_tags_and_deletion_show_in_the_history(reads: BacktestReads) -> None:
    reads.kept.annotate(2, "try again", ["a", "b"])
    newest = reads.history()[0]
    assert (newest["id"], newest["note"], newest["tags"]) == (2, "try again", ["a", "b"])
    with pytest.raises(BacktestMissing, match="backtest 99 does not exist"):
        reads.delete([99, 2])
    assert [row["id"] for row in reads.history()] == [1]


def test_what_is_stored_can_be_read_before_a_run(reads: BacktestReads) -> None:
    result = reads.stored_span(BTC, Timeframe.M1)
    assert result["end"] - result["start"] > 890 * 60
    assert result["known"] == 1.0
    eth = InstrumentId("simulated", "ETH-USDT")
    assert reads.stored_span(eth, Timeframe.M1)["end"] is None
