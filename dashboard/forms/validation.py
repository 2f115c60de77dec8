"""Validates the strategy and account values of a form; each error names its field. Pure.

Rules in a strategy's own code are checked only when it runs.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from pydantic import BaseModel

from dashboard.forms.config_form import Field, config_values, strategy_fields
from strategies.strategy_files import StrategyFacts, StrategyFile
from utils.bounds import shortened
from utils.errors import ConfigError

Config = TypeVar("Config", bound=BaseModel)

# The form fields of an account's own names.
FORM_FIELD_OF = {
    "sizing": "sizing.rule",
    "maker_fee": "costs.maker_fee",
    "taker_fee": "costs.taker_fee",
    "slippage_bps": "costs.slippage_bps",
    "stop_loss": "exits.stop_loss_bps",
    "take_profit": "exits.take_profit_bps",
    "trailing_stop": "exits.trailing_stop_bps",
    "max_drawdown": "protections.max_drawdown",
    "daily_loss": "protections.daily_loss",
    "cool_down": "protections.cool_down_s",
    "latency": "latency_ms",
}


_SPAN = {"start": "2026-01-01", "end": "2026-01-02"}
_SUBSTITUTES: Mapping[str, Mapping[str, Any]] = {
    "": {**_SPAN, "resolution": "bars"},
    "name": {"name": "unnamed"},
    "instrument": {"instrument": "unknown:A-B"},
    "strategy": {"strategy": "Unknown"},
    "start": _SPAN,
    "end": _SPAN,
    "sizing.rule": {"sizing.rule": "equity_fraction", "sizing.amount": "0.01"},
    "sizing.amount": {"sizing.amount": "0.01"},
    "exits.stop_loss_bps": {"exits.stop_loss_bps": 100},
    "exits.trailing_stop_bps": {"exits.trailing_stop_bps": 100},
    "steps.price_step": {"steps.price_step": "1"},
    "steps.size_step": {"steps.size_step": "1"},
    "steps.min_size": {"steps.min_size": "1"},
}
"""What replaces a field at fault where its default would cause, or hide, problems of others."""


class Problem(msgspec.Struct, frozen=True):
    """An error and the field of the form; no field: the whole form."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckedForm(Generic[Config]):
    """A configuration, or the problems of its form."""

    config: Config | None
    problems: list[Problem]


def chosen_strategy(
    given: Mapping[str, str], files: Iterable[StrategyFile]
) -> StrategyFacts | Problem:
    """Return the strategy that a form names, or the problem of its name.

    A file that could not be loaded names no strategy: its problems are part of the text.
    """
    listed = list(files)
    facts = {each.name: each for file in listed for each in file.strategies}
    name = given.get("strategy", "")
    if (chosen := facts.get(name)) is not None:
        return chosen
    faults = [_describe(file) for file in listed if file.problems] if name else []
    return Problem("strategy", "; ".join([f"choose one of: {', '.join(facts) or 'none'}", *faults]))


def _describe(file: StrategyFile) -> str:
    """Return the first problem of a file, as `mine.py:3: SyntaxError: invalid syntax`."""
    first = file.problems[0]
    place = file.path if first.line is None else f"{file.path}:{first.line}"
    return f"{place}: {first.message}"


def parameter_fields_by_name(facts: StrategyFacts) -> dict[str, Field]:
    """Return the fields of a strategy's parameters by their dotted names."""
    return {field["name"]: field for field in strategy_fields(schema_of(facts))}


def parameter_problems(given: Mapping[str, str], fields: Mapping[str, Field]) -> Iterator[Problem]:
    """Yield the problems of a form's parameters."""
    yield from _unknown(given, fields)
    yield from _out_of_bounds(given, fields)


def read_form(
    read: Callable[[dict[str, Any]], Config], values: dict[str, Any], found: Iterable[Problem]
) -> CheckedForm[Config]:
    """Return the configuration that `read` makes of a form's values, or every problem of it.

    A model checks rules across fields only where each field is valid, and an account stops at its
    first broken rule. So what is at fault is replaced by valid values, and the rest read again,
    until nothing new is found. `found`: the problems that are known before.
    """
    problems = list(found)
    kept = _replaced(values, problems)
    while True:
        try:
            config = read(kept)
        except ConfigError as error:
            new = _new_problems(error, problems)
            problems += new
            previous, kept = kept, _replaced(kept, new)
            if kept == previous:
                return CheckedForm(None, problems)
        else:
            return CheckedForm(None if problems else config, problems)


def _new_problems(error: ConfigError, known: Sequence[Problem]) -> list[Problem]:
    """Return the problems of an error at fields that have none yet, and new ones of the form."""
    found = [Problem(FORM_FIELD_OF.get(name, name), text) for name, text in error.problems]
    named = {problem.field for problem in known if problem.field}
    return [each for each in found if each.field not in named and each not in known]


def _replaced(values: Mapping[str, Any], problems: Iterable[Problem]) -> dict[str, Any]:
    """Return values with valid ones in place of those at fault: substitutes, or the defaults."""
    kept = {
        name: dict(part) if isinstance(part, Mapping) else part for name, part in values.items()
    }
    for problem in problems:
        substitutes = _SUBSTITUTES.get(problem.field)
        if substitutes is None:
            _remove(kept, problem.field)
        for name, value in (substitutes or {}).items():
            part, _, last = name.rpartition(".")
            if not problem.field and name not in kept:
                continue
            (kept.setdefault(part, {}) if part else kept)[last] = value
    return kept


def _remove(values: dict[str, Any], field: str) -> None:
    part, _, last = field.rpartition(".")
    place = values.get(part) if part else values
    if not isinstance(place, dict) or place.pop(last, None) is None:
        values.pop(field.partition(".")[0], None)


def missing_fields(given: Mapping[str, str], required: Iterable[str]) -> list[Problem]:
    """Return a problem for each required field that is empty."""
    return [Problem(name, "is required") for name in required if not given.get(name, "").strip()]


def schema_of(facts: StrategyFacts) -> dict[str, Any]:
    """Return the schema of a strategy's parameters."""
    schema: dict[str, Any] = json.loads(facts.parameters)
    return schema


def _unknown(given: Mapping[str, str], fields: Mapping[str, Field]) -> list[Problem]:
    return [
        Problem(name, "is not a parameter of this strategy")
        for name in given
        if name.startswith("parameters.") and name not in fields
    ]


def _out_of_bounds(given: Mapping[str, str], fields: Mapping[str, Field]) -> list[Problem]:
    found = (
        (name, field_error(given.get(name, "").strip(), field)) for name, field in fields.items()
    )
    return [Problem(name, text) for name, text in found if text]


def field_error(text: str, field: Field) -> str:
    """Return the error of a parameter's text; "" if it is valid."""
    kind = field["type"]
    if not text or kind not in ("integer", "number"):
        is_choice = kind == "choice" and text and text not in map(str, field["choices"])
        return f"must be one of {', '.join(map(str, field['choices']))}" if is_choice else ""
    try:
        value = int(text) if kind == "integer" else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        expected = "a whole number" if kind == "integer" else "a number"
        return f"must be {expected}, was {shortened(text)}"
    return "" if _is_within(value, field) else f"must be {_bounds(field)}, was {shortened(value)}"


def _is_within(value: float, field: Field) -> bool:
    low, high = field["minimum"], field["maximum"]
    above = low is None or (value > low if field["above"] else value >= low)
    return above and (high is None or (value < high if field["below"] else value <= high))


def _bounds(field: Field) -> str:
    low, high = field["minimum"], field["maximum"]
    limits = []
    if low is not None:
        limits.append(f"{'above' if field['above'] else 'at least'} {low:,}")
    if high is not None:
        limits.append(f"{'below' if field['below'] else 'at most'} {high:,}")
    return " and ".join(limits)


def strategy_config_values(
    given: Mapping[str, str], own_fields: Mapping[str, Field], parameter_fields: Mapping[str, Field]
) -> dict[str, Any]:
    """Return the values of a form; of the strategy's parameters those that are not the default."""
    values = config_values(given, {**own_fields, **parameter_fields})
    values["parameters"] = _non_default(values.get("parameters", {}), parameter_fields)
    return values


def _non_default(parameters: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the parameters that differ from their defaults, numbers converted."""
    typed = {
        name: _number(value, fields.get(f"parameters.{name}", {}))
        for name, value in parameters.items()
    }
    return {
        name: value
        for name, value in typed.items()
        if value != fields.get(f"parameters.{name}", {}).get("default")
    }


def _number(value: Any, field: Field) -> Any:
    if field.get("type") != "number":
        return value
    try:
        return float(value)
    except ValueError:
        return value
