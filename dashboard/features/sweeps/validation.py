"""Validates the form of a sweep: returns its configuration, or problems at its fields. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from backtesting.config import BacktestConfig
from backtesting.search import (
    Dimension,
    Scalar,
    SearchKind,
    fields_of_schema,
    parse_dimension,
)
from backtesting.sweeps.config import SweepConfig, read_sweep
from dashboard.features.sweeps.form import OWN, VARY
from dashboard.forms.backtest_form import check_form
from dashboard.forms.config_form import Field, exit_fields, strategy_fields
from dashboard.forms.validation import CheckedForm, Problem, field_error, schema_of
from strategies.strategy_files import StrategyFacts, StrategyFile
from utils.errors import ConfigError

MAX_POINTS = 20_000
"""More than a browser can usefully show: commands have no such limit."""

ALL = "all"
_PARAMETERS = "parameters."


@dataclass(frozen=True, slots=True)
class CheckedSweep(CheckedForm[SweepConfig]):
    """A configuration, or the problems of the form.

    `points`: the number of combinations, at most; `values`: the number of values per varied field.
    """

    points: int | None
    values: dict[str, int | None]


def check_sweep(
    given: Mapping[str, str],
    files: Iterable[StrategyFile],
    without_steps: Collection[str] = (),
) -> CheckedSweep:
    """Validate the whole form; the fields `vary.*` hold what varies, `sweep.*` how.

    `without_steps`: instruments whose steps it must give.
    """
    files = list(files)
    ranges = _parse_ranges(given)
    facts = {each.name: each for file in files for each in file.strategies}
    chosen = facts.get(given.get("strategy", ""))
    dimensions, problems = _dimensions(ranges, chosen) if chosen else ({}, [])
    checked = check_form(_first_point(given, dimensions), files, without_steps)
    problems = [*_merged_problems(problems, checked.problems), *_count_problems(given, dimensions)]
    config, own_problems = _read(given, checked.config, ranges)
    problems = _merged_problems(problems, own_problems)
    return CheckedSweep(
        None if problems else config,
        problems,
        _points(given, dimensions),
        {name: dimension.size for name, dimension in dimensions.items()},
    )


def _parse_ranges(given: Mapping[str, str]) -> dict[str, str]:
    """Return the range expression of each field that varies, by the field's name."""
    parsed = {
        name.removeprefix(VARY): text.strip()
        for name, text in given.items()
        if name.startswith(VARY) and text.strip()
    }
    paths = {name: name.removeprefix(_PARAMETERS) for name in parsed}
    return {
        name: paths[name] if text == ALL else f"{paths[name]}={text}"
        for name, text in parsed.items()
    }


def _dimensions(
    ranges: Mapping[str, str], facts: StrategyFacts
) -> tuple[dict[str, Dimension], list[Problem]]:
    schema = schema_of(facts)
    typed = fields_of_schema(schema)
    exits = [{**field, "name": f"exits.{field['name']}"} for field in exit_fields(schema)]
    bounds = {field["name"]: field for field in [*strategy_fields(schema), *exits]}
    found: dict[str, Dimension] = {}
    problems = []
    for name, text_range in ranges.items():
        try:
            found[name] = _within(parse_dimension(text_range, typed), bounds[name])
        except (ConfigError, KeyError) as error:
            text = error.problem if isinstance(error, ConfigError) else "does not vary"
            problems.append(Problem(name, text))
    return found, problems


def _within(dimension: Dimension, bounds: Field) -> Dimension:
    """Return the dimension if the strategy allows its ends. Raises ConfigError."""
    for value in dimension.ends():
        text = field_error(_text(value), bounds)
        if text:
            raise ConfigError("parameters", field=dimension.name, problem=text)
    return dimension


def _text(value: Scalar) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _first_point(given: Mapping[str, str], dimensions: Mapping[str, Dimension]) -> dict[str, str]:
    """Return the form of the backtest at the first value of everything that varies."""
    fixed = {name: text for name, text in given.items() if not name.startswith((VARY, OWN))}
    firsts = {name: _first(dimension) for name, dimension in dimensions.items()}
    return fixed | firsts


def _first(dimension: Dimension) -> str:
    parsed = [_text(value) for value in dimension.ends() if value is not None]
    return parsed[0] if parsed else ""


def _merged_problems(first: Sequence[Problem], second: Sequence[Problem]) -> list[Problem]:
    named = {problem.field for problem in first}
    return [*first, *(problem for problem in second if problem.field not in named)]


def _count_problems(given: Mapping[str, str], dimensions: Mapping[str, Dimension]) -> list[Problem]:
    if not dimensions:
        named = any(name.startswith(VARY) and text.strip() for name, text in given.items())
        return (
            [] if named else [Problem("", "give at least one parameter a range, such as 5..50:5")]
        )
    if _kind(given) != SearchKind.GRID:
        trials = given.get(f"{OWN}trials", "")
        if trials.isdecimal() and int(trials) > MAX_POINTS:
            return [Problem(f"{OWN}trials", f"must be at most {MAX_POINTS:,}, was {trials}")]
        return []
    endless = [name for name, dimension in dimensions.items() if dimension.size is None]
    if endless:
        return [Problem(name, "requires a step in a grid, such as 1..3:0.5") for name in endless]
    points = _points(given, dimensions) or 0
    if points > MAX_POINTS:
        text = f"{points:,} combinations are too many: use larger steps, or random or tpe"
        return [Problem(f"{OWN}search", text)]
    return []


def _points(given: Mapping[str, str], dimensions: Mapping[str, Dimension]) -> int | None:
    sizes = [dimension.size for dimension in dimensions.values()]
    every = None if None in sizes or not sizes else prod(size for size in sizes if size)
    if _kind(given) == SearchKind.GRID:
        return every
    trials = given.get(f"{OWN}trials", "")
    parsed = int(trials) if trials.isdecimal() else None
    return parsed if every is None else min(every, parsed or every)


def _kind(given: Mapping[str, str]) -> str:
    return given.get(f"{OWN}search") or SearchKind.GRID


def _read(
    given: Mapping[str, str], config: BacktestConfig | None, ranges: Mapping[str, str]
) -> tuple[SweepConfig | None, list[Problem]]:
    """Read the sweep; also the problems of its own fields, without a valid backtest, too."""
    own = {
        name.removeprefix(OWN): text.strip()
        for name, text in given.items()
        if name.startswith(OWN) and text.strip()
    }
    try:
        sweep_values = {
            "backtest": None if config is None else _without_varied(config, ranges),
            "vary": list(ranges.values()),
            **own,
        }
        return read_sweep(sweep_values), []
    except ConfigError as error:
        return None, [
            Problem(OWN + name, text)
            for name, text in error.problems
            # The form of the backtest and the ranges have their own problems by now.
            if name.partition(".")[0] not in ("backtest", "vary")
        ]


def _without_varied(config: BacktestConfig, ranges: Mapping[str, str]) -> BacktestConfig:
    """Return the backtest without what varies; exits that vary are the strategy's own."""
    varied = {name.removeprefix(_PARAMETERS) for name in ranges}
    parameters: dict[str, Any] = {
        name: value for name, value in config.parameters.items() if name not in varied
    }
    free = {name.removeprefix("exits.") for name in varied if name.startswith("exits.")}
    if not free:
        return config.model_copy(update={"parameters": parameters})
    exits = {} if config.exits is None else config.exits.model_dump(exclude=free, mode="json")
    parameters["exits"] = exits
    return config.model_copy(update={"parameters": parameters, "exits": None})
