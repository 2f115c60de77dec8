"""Word the errors of pydantic in the platform's own terms: field, rule and value. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from utils.bounds import UnstorableValue, shortened
from utils.errors import ConfigError, FieldProblem

_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_FLAG = "must be true or false"
_OBJECT = "must be an object"
_TIME = "must be a date or a time, such as 2026-01-31T00:00:00Z"

_RULES: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "string_type": "must be a text",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LIBRARY_SUBJECT = re.compile(r"^[A-Z]\w*( \w+)* should ")
_WITHOUT_VALUE = ("missing", "extra_forbidden", "json_invalid")


def field_problem(
    error: Mapping[str, Any], show: Callable[[object], str] = shortened
) -> FieldProblem:
    """Return one of pydantic's errors as a field, and the rule with the value that breaks it."""
    places = [str(part) for part in error["loc"] if not str(part).startswith("function")]
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, UnstorableValue):
        return FieldProblem(".".join([*places, *filter(None, [inner.path])]), inner.problem)
    if isinstance(inner, ConfigError) and not places:
        # An error across several fields names its field itself.
        return FieldProblem(inner.field, inner.problem)
    return FieldProblem(".".join(places), _with_value(error, show if places else None))


def config_error(source: str, error: ValidationError) -> ConfigError:
    """Return a failed validation as a ConfigError that holds the problem of every field."""
    return combined(source, map(field_problem, error.errors(include_url=False)))


def combined(source: str, problems: Iterable[FieldProblem]) -> ConfigError:
    """Return one error of several problems, at least one; of each field the first."""
    of_field: dict[str, FieldProblem] = {}
    for each in problems:
        of_field.setdefault(each.field, each)
    first, *others = of_field.values()
    return ConfigError(source, field=first.field, problem=first.problem, others=others)


def rule_of(error: Mapping[str, Any]) -> str:
    """Return what one of pydantic's errors requires, as in `must be at least 1`."""
    kind, context = error["type"], error.get("ctx", {})
    if is_required(error):
        return _RULES["missing"]
    if kind in _RULES:
        return _RULES[kind]
    if kind in _BOUNDS:
        side, name = _BOUNDS[kind]
        return f"must be {side} {_grouped(context[name])}"
    if kind == "json_invalid":
        return f"is not valid JSON: {context['error']}"
    return _LIBRARY_SUBJECT.sub("must ", error["msg"].removeprefix("Value error, "))


def is_required(error: Mapping[str, Any]) -> bool:
    """Return whether an error is about a value that is absent, or null where one is required."""
    has_type_rule = error["type"].endswith("_type") and bool(error["loc"])
    return error["type"] == "missing" or (has_type_rule and error.get("input") is None)


def _with_value(error: Mapping[str, Any], show: Callable[[object], str] | None) -> str:
    rule = rule_of(error)
    is_shown = error["type"] not in _WITHOUT_VALUE and not is_required(error)
    if show is None or not is_shown or ", was " in rule:
        return rule
    return f"{rule}, was {show(error.get('input'))}"


def _grouped(bound: object) -> str:
    match bound:
        case float():
            return f"{bound:,.15g}"
        case int() | Decimal():
            return f"{bound:,}"
    return str(bound)
