"""Parsers of option values for typer: numbers and lines with bounds.

Typer's own bounds accept nan, which is neither below nor above them. What checks them is imported
when an option is given: a command's help needs none of it.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from utils.errors import ConfigError

NUMBER = "NUMBER"
"""The metavar that help shows for numbers."""

MAX_ROWS = 100_000
MAX_INT = 2**63 - 1
MAX_SEED = MAX_INT


def between(least: float, most: float) -> Callable[[str], float]:
    """Return a parser of a number within two inclusive bounds."""

    def parse(text: str) -> float:
        return _number(text, least, most)

    return parse


def json_object(source: str, text: str) -> dict[str, Any]:
    """Parse a JSON object. Raises ConfigError, naming `source`."""
    from utils.bounds import shortened
    from utils.readers import read_json

    values = read_json(text, source=source)
    if not isinstance(values, dict):
        raise ConfigError(source, problem=f'must look like {{"fast": 5}}, was {shortened(values)}')
    return values


def line(text: str) -> str:
    """Return a text that is one line, fit to be stored. Raises BadParameter."""
    from utils.bounds import check_line

    try:
        return check_line(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def days(least: float) -> Callable[[str], float]:
    """Return a parser of a number of days, from `least` to a hundred years."""

    def parse(text: str) -> float:
        from utils.bounds import MAX_DAYS

        return _number(text, least, MAX_DAYS)

    return parse


def _number(text: str, least: float, most: float) -> float:
    from pydantic import Field

    from utils.readers import read_as

    kind = Annotated[float, Field(ge=least, le=most, allow_inf_nan=False)]
    try:
        number: float = read_as(kind, text, source="")
    except ConfigError as error:
        raise typer.BadParameter(error.problem) from error
    return number
