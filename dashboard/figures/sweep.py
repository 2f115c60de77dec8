"""Figures of a sweep: a metric over one or two parameters, and trials over all of them. Pure.

Trials come best first, those without a value last.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from dashboard.figures.style import (
    BACKGROUND,
    BORDER,
    DOWN,
    STRONG_TEXT,
    TEXT,
    UP,
    Figure,
    axis,
    layout,
    title,
)

ParameterValue = float | str | None

MAX_CATEGORIES = 40
BINS = 20
MAX_WRITTEN_CELLS = 260
MAX_WRITTEN_COLUMNS = 16
MAX_LINES = 600
SWEEP_HEAT_HEIGHT, SWEEP_CURVE_HEIGHT, SWEEP_PARALLEL_HEIGHT = 400, 320, 360
# From the best trials to the worst, visible on light and dark ground.
SHADES = (
    "#26a69a", "#439a8f", "#5f8e85", "#7c827a", "#997770", "#b66b65", "#d25f5b", "#ef5350",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlottedParameter:
    """A parameter that varies: its position in the points of trials, and its label."""

    index: int
    label: str


@dataclass(frozen=True, slots=True)
class PlottedMetric:
    """The plotted metric; `better` is the sign of the desired direction, never 0."""

    title: str
    better: int
    write: Callable[[float], str]


@dataclass(frozen=True, slots=True)
class PlottedTrial:
    """A trial, its parameters' values and its metric; None: undefined."""

    trial: int
    point: Sequence[ParameterValue]
    value: float | None


@dataclass(frozen=True, slots=True)
class _Places:
    """The positions along one parameter: one per value, or bins of a continuous range."""

    names: list[str]
    at: dict[ParameterValue, int]

    def name(self, value: ParameterValue) -> str:
        return self.names[self.at[value]]


def heat_map(
    trials: Sequence[PlottedTrial],
    across: PlottedParameter,
    up: PlottedParameter,
    metric: PlottedMetric,
) -> Figure:
    """Return the best value of each pair of two parameters' values; a click gives its trial."""
    columns = _places(trial.point[across.index] for trial in trials)
    rows = _places(trial.point[up.index] for trial in trials)
    cells = _best_cells(trials, columns, rows, across, up, metric)
    values = [[None if cell is None else cell.value for cell in line] for line in cells]
    labels = f"{across.label} %{{x}}, {up.label} %{{y}}"
    heat = {
        "type": "heatmap",
        "x": columns.names,
        "y": rows.names,
        "z": values,
        "text": [["" if one is None else metric.write(one) for one in line] for line in values],
        "customdata": [[None if cell is None else cell.trial for cell in line] for line in cells],
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        **_color_scale([v for line in values for v in line if v is not None], metric),
        # Without a size the text fits its cell.
        "texttemplate": "%{text}" if _is_written(columns, rows) else "",
        "textfont": {"color": STRONG_TEXT},
        "hovertemplate": f"{labels}<br>{metric.title} %{{text}}<extra></extra>",
        "colorbar": {
            "thickness": 10,
            "outlinewidth": 0,
            "tickfont": {"color": TEXT, "size": 11},
        },
    }
    names = {"type": "category", "showgrid": False}
    return {
        "data": [heat, _best_mark(trials, columns, rows, across, up)],
        "layout": layout(
            SWEEP_HEAT_HEIGHT,
            hovermode="closest",
            dragmode=False,
            margin={"l": 60, "r": 8, "t": 8, "b": 46},
            xaxis=axis(**names, title=title(across.label)),
            yaxis=axis(**names, title=title(up.label)),
        ),
    }


def parameter_curve(
    trials: Sequence[PlottedTrial],
    parameter: PlottedParameter,
    metric: PlottedMetric,
) -> Figure:
    """Return the metric by the values of the only parameter; a click gives the trial."""
    known = [trial for trial in trials if trial.value is not None]
    known.sort(key=lambda trial: _sort_key(trial.point[parameter.index]))
    values = [trial.point[parameter.index] for trial in known]
    is_numeric = all(isinstance(value, float) for value in values)
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": UP, "width": 1.4},
        "x": values if is_numeric else [format_parameter(value) for value in values],
        "y": [trial.value for trial in known],
        "customdata": [trial.trial for trial in known],
        "text": [metric.write(trial.value) for trial in known if trial.value is not None],
        "hovertemplate": f"{parameter.label} %{{x}}<br>{metric.title} %{{text}}<extra></extra>",
    }
    return {
        "data": [curve],
        "layout": layout(
            SWEEP_CURVE_HEIGHT,
            hovermode="closest",
            dragmode=False,
            margin={"l": 60, "r": 8, "t": 8, "b": 46},
            xaxis=axis(
                type="linear" if is_numeric else "category",
                title=title(parameter.label),
            ),
            yaxis=axis(title=title(metric.title)),
        ),
    }


def parallel_coordinates(
    trials: Sequence[PlottedTrial],
    parameters: Sequence[PlottedParameter],
    metric: PlottedMetric,
) -> Figure:
    """Return trials as lines over all parameters and the metric, coloured by their rank."""
    known = _sample([trial for trial in trials if trial.value is not None])
    coordinates = [
        *(_coordinate(p.label, [t.point[p.index] for t in known]) for p in parameters),
        _metric_coordinate(metric, [t.value for t in known if t.value is not None]),
    ]
    last = len(coordinates) - 1
    notes = [
        note
        for at, each in enumerate(coordinates)
        for note in (
            _note(at, 1.01, each.high, "bottom"),
            _note(at, -0.01, each.low, "top"),
        )
    ]
    return {
        # The best are drawn last, above all others.
        "data": [_shade(known, coordinates, shade) for shade in reversed(range(len(SHADES)))],
        "layout": layout(
            SWEEP_PARALLEL_HEIGHT,
            hovermode=False,
            dragmode=False,
            margin={"l": 40, "r": 40, "t": 24, "b": 56},
            xaxis=axis(
                tickvals=list(range(len(coordinates))),
                ticktext=[each.label for each in coordinates],
                range=[-0.15, last + 0.15],
            ),
            yaxis=axis(visible=False, range=[-0.08, 1.08]),
            annotations=notes,
        ),
    }


def format_parameter(value: ParameterValue) -> str:
    """Format a parameter's value: six significant digits, without an exponent; None: `none`."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    text = f"{Decimal(f'{value:.6g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- heat map


def _places(given: Iterable[ParameterValue]) -> _Places:
    values = sorted(set(given), key=_sort_key)
    numbers = [value for value in values if isinstance(value, float)]
    if len(values) <= MAX_CATEGORIES or len(numbers) < len(values):
        return _Places(
            [format_parameter(value) for value in values],
            {value: at for at, value in enumerate(values)},
        )
    low, width = numbers[0], (numbers[-1] - numbers[0]) / BINS
    return _Places(
        [f"{format_parameter(low + at * width)}…" for at in range(BINS)],
        {value: min(BINS - 1, int((value - low) / width)) for value in numbers},
    )


def _sort_key(value: ParameterValue) -> tuple[bool, float, str]:
    """Numbers come first, in their order; then texts."""
    return (False, value, "") if isinstance(value, float) else (True, 0.0, str(value))


def _best_cells(
    trials: Sequence[PlottedTrial],
    columns: _Places,
    rows: _Places,
    across: PlottedParameter,
    up: PlottedParameter,
    metric: PlottedMetric,
) -> list[list[PlottedTrial | None]]:
    cells: list[list[PlottedTrial | None]] = [[None] * len(columns.names) for _ in rows.names]
    for trial in trials:
        if trial.value is None:
            continue
        row, column = rows.at[trial.point[up.index]], columns.at[trial.point[across.index]]
        best = cells[row][column]
        if best is None or best.value is None or _exceeds(trial.value, best.value, metric):
            cells[row][column] = trial
    return cells


def _exceeds(value: float, other: float, metric: PlottedMetric) -> bool:
    return value * metric.better > other * metric.better


def _is_written(columns: _Places, rows: _Places) -> bool:
    few = len(columns.names) * len(rows.names) <= MAX_WRITTEN_CELLS
    return few and len(columns.names) <= MAX_WRITTEN_COLUMNS


def _color_scale(values: Sequence[float], metric: PlottedMetric) -> dict[str, Any]:
    """Return a scale from the colour of losses to that of gains, whose middle is 0."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    low_color, high_color = (UP, DOWN) if metric.better < 0 else (DOWN, UP)
    if low < 0 < high:
        reach = max(-low, high)
        scale = [[0, low_color], [0.5, BACKGROUND], [1, high_color]]
        return {"colorscale": scale, "zmin": -reach, "zmax": reach}
    # Of one sign only: its near end is distinct from the empty background.
    ends = (low_color, BORDER) if high <= 0 else (BORDER, high_color)
    zmax = low + 1 if high == low else high
    return {"colorscale": [[0, ends[0]], [1, ends[1]]], "zmin": low, "zmax": zmax}


def _best_mark(
    trials: Sequence[PlottedTrial],
    columns: _Places,
    rows: _Places,
    across: PlottedParameter,
    up: PlottedParameter,
) -> dict[str, Any]:
    best = [trial.point for trial in trials if trial.value is not None][:1]
    return {
        "type": "scatter",
        "mode": "markers",
        "hoverinfo": "skip",
        "showlegend": False,
        "x": [columns.name(point[across.index]) for point in best],
        "y": [rows.name(point[up.index]) for point in best],
        "marker": {
            "symbol": "square-open",
            "size": 26,
            "color": STRONG_TEXT,
            "line": {"width": 2},
        },
    }


# -- parallel coordinates


@dataclass(frozen=True, slots=True)
class _Coordinate:
    """One vertical axis: its label, the texts of its ends, and every trial's height from 0 to 1."""

    label: str
    low: str
    high: str
    heights: list[float]


def _coordinate(label: str, values: Sequence[ParameterValue]) -> _Coordinate:
    numbers = [value for value in values if isinstance(value, float)]
    if numbers and len(numbers) == len(values):
        ends = format_parameter(min(numbers)), format_parameter(max(numbers))
        return _Coordinate(label, *ends, _heights(numbers))
    places = _places(values)
    names = places.names or [""]
    positions = [float(places.at[value]) for value in values]
    return _Coordinate(label, names[0], names[-1], _heights(positions))


def _metric_coordinate(metric: PlottedMetric, values: Sequence[float]) -> _Coordinate:
    low, high = (metric.write(min(values)), metric.write(max(values))) if values else ("", "")
    return _Coordinate(metric.title, low, high, _heights(values))


def _heights(values: Sequence[float]) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [0.5 if high == low else (value - low) / (high - low) for value in values]


def _sample(trials: Sequence[PlottedTrial]) -> Sequence[PlottedTrial]:
    """Return the best trials and a sample of the others: more lines are unreadable."""
    if len(trials) <= MAX_LINES:
        return trials
    half = MAX_LINES // 2
    step = (len(trials) - half) / half
    return [*trials[:half], *(trials[half + int(at * step)] for at in range(half))]


def _shade(
    trials: Sequence[PlottedTrial],
    coordinates: Sequence[_Coordinate],
    shade: int,
) -> dict[str, Any]:
    """Return the lines of one share of the trials; shade 0 has the best."""
    edges = [at * len(trials) // len(SHADES) for at in range(len(SHADES) + 1)]
    start, end = list(pairwise(edges))[shade]
    x: list[int | None] = []
    y: list[float | None] = []
    for at in range(start, end):
        x += [*range(len(coordinates)), None]
        y += [*(each.heights[at] for each in coordinates), None]
    is_best = shade == 0
    return {
        "type": "scatter",
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
        "x": x,
        "y": y,
        "line": {"color": SHADES[shade], "width": 1.8 if is_best else 1},
        "opacity": 0.9 if is_best else 0.4,
    }


def _note(at: int, y: float, text: str, anchor: str) -> dict[str, Any]:
    return {
        "x": at,
        "y": y,
        "text": text,
        "yanchor": anchor,
        "showarrow": False,
        "font": {"size": 11, "color": STRONG_TEXT},
    }
