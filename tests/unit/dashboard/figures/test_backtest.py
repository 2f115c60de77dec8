"""The figures of backtests."""

from typing import Any

from dashboard.figures.backtest import backtest_equity, candles_with_fills
from dashboard.figures.style import DOWN, DOWN_FILL, UP
from tests.unit.dashboard.figures.plotted import BACKTEST_CURVE, CANDLES, a_fill_pair


def names(figure: dict[str, Any]) -> list[str]:
    return [trace["name"] for trace in figure["data"]]


def test_equity_stands_above_drawdown_and_exposure_on_one_time_axis() -> None:
    figure = backtest_equity(BACKTEST_CURVE, "USDT")
    assert names(figure) == ["Buy and hold", "Strategy", "Buy and hold", "Drawdown", "Exposure"]
    assert [trace.get("yaxis", "y") for trace in figure["data"]] == ["y", "y", "y2", "y2", "y3"]
    assert all(trace["x"] == [60_000, 120_000] for trace in figure["data"])
    layout = figure["layout"]
    assert layout["xaxis"]["type"] == "date"
    titles = [layout[each]["title"]["text"] for each in ("yaxis", "yaxis2", "yaxis3")]
    assert titles == ["Equity, USDT", "Drawdown", "Exposure"]
    assert [layout[each]["tickformat"] for each in ("yaxis2", "yaxis3")] == [".0%", ".0%"]
    bottoms = [layout[each]["domain"] for each in ("yaxis3", "yaxis2", "yaxis")]
    assert bottoms == sorted(bottoms)


def test_equity_is_hovered_as_money_and_drawdown_as_percent() -> None:
    traces = backtest_equity(BACKTEST_CURVE, "USDT")["data"]
    assert [trace["hovertemplate"] for trace in traces] == [
        "%{y:,.2f}", "%{y:,.2f}", "%{y:.2%}", "%{y:.2%}", "%{y:.2%}",
    ]  # fmt: skip


def test_only_time_can_be_zoomed_in_equity() -> None:
    layout = backtest_equity(BACKTEST_CURVE, "USDT")["layout"]
    fixed = [layout[each]["fixedrange"] for each in ("xaxis", "yaxis", "yaxis2", "yaxis3")]
    assert fixed == [False, True, True, True]


def test_without_a_benchmark_its_lines_have_no_points() -> None:
    traces = backtest_equity({**BACKTEST_CURVE, "benchmark": [], "benchmark_drawdown": []}, "")[
        "data"
    ]
    assert [(trace["x"], trace["y"]) for trace in (traces[0], traces[2])] == [([], []), ([], [])]


def test_an_empty_curve_has_traces_without_points() -> None:
    figure = backtest_equity({name: [] for name in BACKTEST_CURVE}, "USDT")
    assert all(trace["x"] == trace["y"] == [] for trace in figure["data"])


def test_equity_has_the_colour_of_gains_and_drawdown_that_of_losses() -> None:
    strategy, drawdown = (backtest_equity(BACKTEST_CURVE, "")["data"][at] for at in (1, 3))
    assert strategy["line"]["color"] == UP
    assert (drawdown["line"]["color"], drawdown["fillcolor"]) == (DOWN, DOWN_FILL)


def test_candles_fill_the_time_axis_and_an_unknown_price_stays_a_gap() -> None:
    figure = candles_with_fills(CANDLES, [], "USDT")
    candles = figure["data"][0]
    assert candles["x"] == [60_000, 120_000]
    assert candles["close"] == [2.0, None]
    assert candles["increasing"]["fillcolor"] == UP
    assert figure["layout"]["xaxis"]["range"] == [60_000, 120_000]
    assert figure["layout"]["xaxis"]["rangeslider"] == {"visible": False}


def test_a_round_trip_is_a_line_from_its_entry_to_its_exit() -> None:
    round_trips = [a_fill_pair(), a_fill_pair(side="short", profit=-2.0, reason="stop loss")]
    _, path, entries, exits = candles_with_fills(CANDLES, round_trips, "USDT")["data"]
    assert path["x"] == [60_000, 120_000, None] * 2
    assert path["y"] == [1.0, 2.0, None] * 2
    assert entries["marker"]["symbol"] == ["triangle-up", "triangle-down"]
    assert entries["text"] == ["long", "short"]
    assert exits["marker"]["color"] == [UP, DOWN]
    assert exits["text"] == ["take profit, +1.50 USDT", "stop loss, −2.00 USDT"]


def test_a_window_without_candles_has_no_range() -> None:
    figure = candles_with_fills({name: [] for name in CANDLES}, [], "USDT")
    assert figure["layout"]["xaxis"]["range"] is None
    assert [trace["x"] for trace in figure["data"]] == [[], [], [], []]
