"""Parser of parameter spaces: `fast=5..50:5`, `slow=20,50,100`, `width=1.5..3`, `fast`."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any, NoReturn

from backtesting.search.dimensions import Choice, Dimension, FloatRange, IntRange, Scalar
from backtesting.search.fields import ParameterField, parameter_fields
from backtesting.search.space import ParameterSpace
from strategies.strategy_handle import StrategyType
from utils.errors import ConfigError


def parse_space(
    strategy_type: StrategyType, specs: Sequence[str], base: Mapping[str, Any] | None = None
) -> ParameterSpace:
    """Parse a space, other parameters as in `base`. Raises ConfigError.

    `name=low..high:step` is a range (without a step: every integer, or any number), `name=a,b,c` a
    list of values, a bare `name` all values that the strategy allows.
    """
    fields = parameter_fields(strategy_type)
    dimensions = tuple(parse_dimension(spec, fields) for spec in specs)
    return ParameterSpace(strategy_type, dimensions, base or {})


def parse_dimension(spec: str, fields: Mapping[str, ParameterField]) -> Dimension:
    """Parse one dimension. Raises ConfigError, naming the parameter."""
    name, separator, text = (part.strip() for part in spec.partition("="))
    if name not in fields:
        raise ConfigError("parameters", field=name, problem=f"there are: {', '.join(fields)}")
    field = fields[name]
    if not separator:
        return _whole(field)
    if ".." in text:
        return _range(field, text)
    return Choice(name, tuple(_value(field, part.strip()) for part in text.split(",")))


def _whole(field: ParameterField) -> Dimension:
    """Return the dimension of all values that the strategy allows."""
    if field.type == "boolean":
        return Choice(field.name, (False, True))
    if field.options:
        return Choice(field.name, field.options)
    if field.low is None or field.high is None or field.type == "string":
        _refuse(field, "has no bounds of its own: give its values, such as 5..50:5 or 5,10,20")
    if field.type == "integer":
        low, high = ceil(field.low) + _moves(field, field.open_low, field.low), floor(field.high)
        high -= _moves(field, field.open_high, field.high)
        return IntRange(field.name, low, high, int(field.step or 1))
    return FloatRange(field.name, field.low, field.high, field.step)


def _moves(field: ParameterField, is_open: bool, bound: float) -> int:
    return int(is_open and field.type == "integer" and bound == floor(bound))


def _range(field: ParameterField, text: str) -> Dimension:
    ends, _, step = text.partition(":")
    low, _, high = ends.partition("..")
    if field.type == "integer":
        numbers = [_whole_number(field, part) for part in (low, high, step or "1")]
        return IntRange(field.name, *numbers)
    if field.type == "number":
        by = _number(field, step) if step else field.step
        return FloatRange(field.name, _number(field, low), _number(field, high), by)
    return _refuse(field, f"is a {field.type}: list its values, such as a,b")


def _value(field: ParameterField, text: str) -> Scalar:
    if text.lower() == "none" and field.optional:
        return None
    match field.type:
        case "integer":
            return _whole_number(field, text)
        case "number":
            return _number(field, text)
        case "boolean" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "boolean":
            return _refuse(field, f"must be true or false, was {text!r}")
        case "string":
            return text


def _whole_number(field: ParameterField, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        _refuse(field, f"must be a whole number, was {text!r}")


def _number(field: ParameterField, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        _refuse(field, f"must be a number, was {text!r}")


def _refuse(field: ParameterField, problem: str) -> NoReturn:
    raise ConfigError("parameters", field=field.name, problem=problem)
