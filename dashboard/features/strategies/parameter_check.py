"""Checks the parameters of a request against what a strategy declares. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from dashboard.forms.config_form import Field
from dashboard.forms.validation import Problem, field_error, parameter_fields_by_name, schema_of
from dashboard.rest.form_schemas import ParameterValue
from strategies.strategy_files import StrategyFile
from utils.bounds import shortened

_EXPECTED = {"integer": "a whole number", "number": "a number"}


def find_parameter_problems(
    strategy: str, parameters: Mapping[str, ParameterValue], files: Iterable[StrategyFile]
) -> list[Problem]:
    """Return the problems of a strategy's parameters, each at its field.

    Of a strategy that the engine has not reported, and of rules in its own code, none: the engine
    reports them.
    """
    facts = {each.name: each for file in files for each in file.strategies}.get(strategy)
    if facts is None:
        return []
    fields, known = parameter_fields_by_name(facts), schema_of(facts).get("properties", {})
    return list(_problems(parameters, fields, known))


def _problems(
    parameters: Mapping[str, ParameterValue],
    fields: Mapping[str, Field],
    known: Mapping[str, object],
) -> Iterator[Problem]:
    for name, value in parameters.items():
        field = fields.get(f"parameters.{name}")
        if name not in known:
            yield Problem(name, f"is not a parameter; there are: {', '.join(known) or 'none'}")
        elif field is not None and (text := _value_problem(value, field)):
            yield Problem(name, text)


def _value_problem(value: ParameterValue, field: Field) -> str:
    if value is None:
        return "" if field["default"] is None else "is required"
    expected = _EXPECTED.get(field["type"])
    if expected and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"must be {expected}, was {shortened(value)}"
    return field_error(str(value), field)
