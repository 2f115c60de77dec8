"""The result plots: what each draws, on which axes, in which units."""

from dashboard.figures.bars import allocation, profit_by, profit_by_day, returns_histogram
from dashboard.figures.equity import equity_with_drawdown, growth
from dashboard.figures.monthly_returns import calendar_height, monthly_returns
from dashboard.figures.round_trips import excursions, holding
from dashboard.figures.style import DOWN, UP
from tests.unit.dashboard.figures.plotted import A_CURVE, GROUPS, ROUND_TRIPS, YEARS, a_round_trip


def test_drawdown_stands_below_equity_on_the_same_times() -> None:
    figure = equity_with_drawdown(A_CURVE, None, "USDT")
    equity, drawdown = figure["data"]
    assert equity["x"] == drawdown["x"] == [0, 60_000, 120_000]
    assert (equity["y"], drawdown["y"]) == (A_CURVE["equity"], A_CURVE["drawdown"])
    layout = figure["layout"]
    assert layout["yaxis"]["title"]["text"] == "Equity, USDT"
    assert layout["yaxis2"]["tickformat"] == ".2%"
    assert layout["yaxis"]["domain"][0] > layout["yaxis2"]["domain"][1]
    assert layout["xaxis"]["anchor"] == drawdown["yaxis"] == "y2"
    assert layout["xaxis"]["fixedrange"] is False
    assert equity["hovertemplate"] == "%{y:,.2f}"


def test_the_axis_of_an_unknown_currency_names_none() -> None:
    assert equity_with_drawdown(A_CURVE, None, "")["layout"]["yaxis"]["title"]["text"] == "Equity"


def test_buy_and_hold_is_drawn_behind_the_equity() -> None:
    held = {"time": [0.0, 120.0], "equity": [1000.0, 1010.0]}
    names = [trace["name"] for trace in equity_with_drawdown(A_CURVE, held, "USDT")["data"]]
    assert names == ["Buy and hold", "Equity", "Drawdown"]


def test_growth_has_a_line_for_each_name() -> None:
    curves = [
        {"name": "alice", "time": [0.0, 60.0], "growth": [0.0, 0.1]},
        {"name": "bob", "time": [0.0], "growth": [0.0]},
    ]
    figure = growth(curves)
    assert [(trace["name"], trace["y"]) for trace in figure["data"]] == [
        ("alice", [0.0, 0.1]),
        ("bob", [0.0]),
    ]
    assert figure["layout"]["yaxis"]["tickformat"] == ".1%"
    assert len({trace["line"]["color"] for trace in figure["data"]}) == 2


def test_allocation_has_the_largest_at_the_top_with_its_share() -> None:
    (trace,) = allocation({"alice": 250.0, "bob": 750.0}, "USDT")["data"]
    assert (trace["y"], trace["x"]) == (["alice", "bob"], [250.0, 750.0])
    assert trace["text"] == ["25.0 %", "75.0 %"]


def test_a_bot_that_lost_all_has_no_share() -> None:
    (trace,) = allocation({"alice": -50.0, "bob": 0.0}, "USDT")["data"]
    assert trace["text"] == ["−5,000.0 %", "0.0 %"]


def test_days_of_loss_have_the_colour_of_losses() -> None:
    figure = profit_by_day([0.0, 86_400.0], [1.5, -2.0], "USDT")
    (trace,) = figure["data"]
    assert (trace["x"], trace["y"]) == ([0, 86_400_000], [1.5, -2.0])
    assert trace["marker"]["color"] == [UP, DOWN]
    assert figure["layout"]["xaxis"]["range"] == [-86_400_000, 2 * 86_400_000]


def test_without_days_there_is_no_range() -> None:
    assert profit_by_day([], [], "USDT")["layout"]["xaxis"]["range"] is None


def test_groups_show_how_many_round_trips_won() -> None:
    (trace,) = profit_by(GROUPS, "USDT")["data"]
    assert trace["x"] == ["EmaCrossover", "Rsi"]
    assert trace["text"] == ["3 round trips, 2 won", "1 round trips, 0 won"]
    assert trace["marker"]["color"] == [UP, DOWN]


def test_a_bar_of_the_histogram_is_as_wide_as_its_bin() -> None:
    (trace,) = returns_histogram([-0.2, 0.0, 0.1], [2, 3])["data"]
    assert trace["x"] == [-0.1, 0.05]
    assert trace["width"] == [0.2, 0.1]
    assert trace["marker"]["color"] == [DOWN, UP]


def test_excursions_stand_left_of_zero_against_and_right_of_it_for_a_round_trip() -> None:
    adverse, favourable = excursions(ROUND_TRIPS, "USDT")["data"]
    assert adverse["x"] == [-2.5, -2.5]
    assert favourable["x"] == [7.5, 7.5]
    assert adverse["y"] == favourable["y"] == [5.0, -3.0]
    assert adverse["customdata"] == ["bot-1", "bot-2"]
    assert adverse["text"][0] == (
        "<b>bot-1</b> okx:BTC-USDT long<br>"
        "2023-11-14 22:13:20 to 2023-11-14 22:14:50 UTC, 1.5 min<br>"
        "profit +5.00 USDT (+0.50 %), stop loss<br>"
        "against it 2.50, for it 7.50"
    )


def test_holding_times_stand_on_a_logarithmic_axis_that_has_no_zero() -> None:
    figure = holding(ROUND_TRIPS, "USDT")
    assert figure["data"][0]["x"] == [90.0, 0.1]
    axis = figure["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert dict(zip(axis["tickvals"], axis["ticktext"], strict=True))[3600] == "1 h"


def test_a_round_trip_of_no_bot_is_named_by_its_number() -> None:
    row = {name: value for name, value in a_round_trip(7, 1.0).items() if name != "bot"}
    (trace,) = holding([row], "")["data"]
    assert trace["customdata"] == [7]
    assert trace["text"][0].startswith("<b>#7</b>")


def test_the_calendar_has_a_row_for_each_year_and_a_text_for_each_known_return() -> None:
    figure = monthly_returns(YEARS)
    heat, labels = figure["data"]
    assert heat["y"] == ["2026", "2025"]
    assert heat["x"][-1] == "Year"
    assert figure["layout"]["yaxis"]["autorange"] == "reversed"
    assert labels["text"][:3] == ["+40.0", "−2.0", ""]
    assert (labels["text"][12], labels["text"][25]) == ("+37.2", "+5.0")
    assert figure["layout"]["height"] == calendar_height(2)


def test_very_large_returns_have_no_stronger_colour_and_the_year_has_none() -> None:
    row = monthly_returns(YEARS)["data"][0]["z"][0]
    assert row[0] == 0.15
    assert row[1] == -0.02
    assert row[2] is row[-1] is None
