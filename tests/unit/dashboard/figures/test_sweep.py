"""The figures of a sweep."""

from dashboard.figures.style import BACKGROUND, BORDER, DOWN, UP
from dashboard.figures.sweep import (
    BINS,
    MAX_CATEGORIES,
    MAX_LINES,
    SHADES,
    PlottedMetric,
    PlottedParameter,
    PlottedTrial,
    format_parameter,
    heat_map,
    parallel_coordinates,
    parameter_curve,
)

FAST, SLOW = PlottedParameter(0, "fast"), PlottedParameter(1, "slow")
SHARPE = PlottedMetric("Sharpe ratio", 1, lambda value: f"{value:.2f}")
DRAWDOWN = PlottedMetric("Maximum drawdown", -1, lambda value: f"{value:.0%}")

TRIALS = [
    PlottedTrial(3, (5.0, 20.0, 1.0), 2.0),
    PlottedTrial(0, (5.0, 10.0, 1.0), 1.0),
    PlottedTrial(4, (3.0, 20.0, 1.0), -0.5),
    PlottedTrial(1, (5.0, 20.0, 2.0), -1.0),
    PlottedTrial(2, (7.0, 10.0, 2.0), None),
]


def test_a_cell_of_the_heat_map_has_the_best_value_over_all_other_parameters() -> None:
    heat = heat_map(TRIALS, FAST, SLOW, SHARPE)["data"][0]
    assert (heat["x"], heat["y"]) == (["3", "5", "7"], ["10", "20"])
    assert heat["z"] == [[None, 1.0, None], [-0.5, 2.0, None]]
    assert heat["customdata"] == [[None, 0, None], [4, 3, None]]
    assert heat["text"] == [["", "1.00", ""], ["-0.50", "2.00", ""]]
    assert heat["hovertemplate"] == "fast %{x}, slow %{y}<br>Sharpe ratio %{text}<extra></extra>"


def test_the_best_value_of_a_metric_that_should_be_low_is_the_lowest() -> None:
    trials = [PlottedTrial(0, (1.0, 1.0), 0.1), PlottedTrial(1, (1.0, 1.0), 0.3)]
    assert heat_map(trials, FAST, SLOW, DRAWDOWN)["data"][0]["z"] == [[0.1]]


def test_the_axes_of_the_heat_map_name_their_parameters() -> None:
    layout = heat_map(TRIALS, SLOW, FAST, SHARPE)["layout"]
    assert layout["xaxis"]["title"]["text"] == "slow"
    assert layout["yaxis"]["title"]["text"] == "fast"
    assert layout["xaxis"]["type"] == layout["yaxis"]["type"] == "category"


def test_the_best_trial_is_marked_in_the_heat_map() -> None:
    mark = heat_map(TRIALS, FAST, SLOW, SHARPE)["data"][1]
    assert (mark["x"], mark["y"]) == (["5"], ["20"])


def test_zero_is_the_middle_of_the_colours_of_a_signed_metric() -> None:
    heat = heat_map(TRIALS, FAST, SLOW, SHARPE)["data"][0]
    assert (heat["zmin"], heat["zmax"]) == (-2.0, 2.0)
    assert [color for _, color in heat["colorscale"]] == [DOWN, BACKGROUND, UP]


def test_a_metric_of_one_sign_has_the_colour_of_what_it_counts() -> None:
    def ends(values: list[float], metric: PlottedMetric) -> list[str]:
        trials = [PlottedTrial(at, (float(at), 1.0), v) for at, v in enumerate(values)]
        scale = heat_map(trials, FAST, SLOW, metric)["data"][0]["colorscale"]
        return [color for _, color in scale]

    assert ends([1.0, 2.0], SHARPE) == [BORDER, UP]
    assert ends([-1.0, -2.0], SHARPE) == [DOWN, BORDER]
    assert ends([0.1, 0.3], DRAWDOWN) == [BORDER, DOWN]


def test_a_heat_map_of_one_point_has_a_scale_of_some_width() -> None:
    heat = heat_map(TRIALS[:1], FAST, SLOW, SHARPE)["data"][0]
    assert heat["z"] == [[2.0]]
    assert (heat["zmin"], heat["zmax"]) == (2.0, 3.0)


def test_a_heat_map_without_values_is_empty_and_marks_nothing() -> None:
    heat, mark = heat_map(TRIALS[4:], FAST, SLOW, SHARPE)["data"]
    assert heat["z"] == [[None]]
    assert mark["x"] == []
    assert heat_map([], FAST, SLOW, SHARPE)["data"][0]["z"] == []


def test_a_continuous_parameter_is_put_into_bins() -> None:
    trials = [PlottedTrial(at, (at / 100, 1.0), float(at)) for at in range(101)]
    assert len(trials) > MAX_CATEGORIES
    heat = heat_map(trials, FAST, SLOW, SHARPE)["data"][0]
    assert len(heat["x"]) == BINS
    assert heat["x"][:2] == ["0…", "0.05…"]
    assert heat["z"][0][-1] == 100.0


def test_values_are_written_into_cells_only_if_there_are_few() -> None:
    def template(columns: int) -> str:
        trials = [PlottedTrial(at, (float(at), 1.0), 1.0) for at in range(columns)]
        written: str = heat_map(trials, FAST, SLOW, SHARPE)["data"][0]["texttemplate"]
        return written

    assert template(16) == "%{text}"
    assert template(17) == ""


def test_numbers_stand_before_names_and_missing_values_are_none() -> None:
    trials = [PlottedTrial(at, (v, 1.0), 1.0) for at, v in enumerate(["ema", 20.0, None, 3.0])]
    heat = heat_map(trials, FAST, SLOW, SHARPE)["data"][0]
    assert heat["x"] == ["3", "20", "none", "ema"]


def test_the_curve_of_one_parameter_runs_along_its_values() -> None:
    figure = parameter_curve(TRIALS[:3], SLOW, SHARPE)
    [curve] = figure["data"]
    assert curve["x"] == [10.0, 20.0, 20.0]
    assert curve["customdata"] == [0, 3, 4]
    assert curve["text"] == ["1.00", "2.00", "-0.50"]
    assert figure["layout"]["xaxis"]["type"] == "linear"
    assert figure["layout"]["yaxis"]["title"]["text"] == "Sharpe ratio"


def test_the_curve_of_a_parameter_of_names_has_categories() -> None:
    trials = [PlottedTrial(0, ("sma",), 1.0), PlottedTrial(1, ("ema",), None)]
    figure = parameter_curve(trials, FAST, SHARPE)
    assert figure["data"][0]["x"] == ["sma"]
    assert figure["layout"]["xaxis"]["type"] == "category"


def test_parallel_coordinates_have_every_parameter_and_the_metric() -> None:
    figure = parallel_coordinates(TRIALS, [FAST, SLOW], SHARPE)
    axis = figure["layout"]["xaxis"]
    assert axis["ticktext"] == ["fast", "slow", "Sharpe ratio"]
    texts = [note["text"] for note in figure["layout"]["annotations"]]
    assert texts == ["5", "3", "20", "10", "2.00", "-1.00"]


def test_the_best_lines_are_drawn_last_in_the_colour_of_gains() -> None:
    trials = [PlottedTrial(at, (float(-at),), float(-at)) for at in range(len(SHADES))]
    shades = parallel_coordinates(trials, [FAST], SHARPE)["data"]
    assert len(shades) == len(SHADES)
    assert shades[-1]["y"] == [1.0, 1.0, None]
    assert shades[-1]["x"] == [0, 1, None]
    assert shades[-1]["line"]["color"] == SHADES[0]
    assert shades[0]["opacity"] < shades[-1]["opacity"]


def test_of_many_trials_the_best_half_and_a_sample_of_the_others_are_drawn() -> None:
    trials = [PlottedTrial(at, (float(at),), float(-at)) for at in range(5 * MAX_LINES)]
    shades = parallel_coordinates(trials, [FAST], SHARPE)["data"]
    assert sum(shade["x"].count(None) for shade in shades) == MAX_LINES


def test_parallel_coordinates_of_nothing_and_of_one_trial() -> None:
    empty = parallel_coordinates(TRIALS[4:], [FAST], SHARPE)
    assert all(shade["x"] == [] for shade in empty["data"])
    single = parallel_coordinates(TRIALS[:1], [FAST], SHARPE)
    assert [shade["y"] for shade in single["data"] if shade["y"]] == [[0.5, 0.5, None]]


def test_a_parameter_is_written_without_exponent_and_rounding_noise() -> None:
    texts = [format_parameter(value) for value in (3.0, 0.30000000000000004, 1e-7, 2e6, None, "x")]
    assert texts == ["3", "0.3", "0.0000001", "2000000", "none", "x"]
