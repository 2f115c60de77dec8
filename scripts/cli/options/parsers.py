"""Parsers of option values for typer: numbers and lines with bounds.

Typer's own bounds accept nan, which is neither below nor above them.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import Field

from utils.bounds import MAX_DAYS, check_line, read_as, read_json, shortened
from utils.errors import ConfigError

NUMBER = "NUMBER"
"""The metavar that help shows for numbers."""

MAX_ROWS = 100_000
MAX_SEED = 2**63 - 1


def between(least: float, most: float) -> Callable[[str], float]:
    """Return a parser of a number within two inclusive bounds."""
    kind = Annotated[float, Field(ge=least, le=most, allow_inf_nan=False)]

    def parse(text: str) -> float:
        try:
            number: float = read_as(kind, text, source="")
        except ConfigError as error:
            raise typer.BadParameter(error.problem) from error
        return number

    return parse


def json_object(source: str, text: str) -> dict[str, Any]:
    """Parse a JSON object. Raises ConfigError, naming `source`."""
    values = read_json(text, source=source)
    if not isinstance(values, dict):
        raise ConfigError(source, problem=f'must look like {{"fast": 5}}, was {shortened(values)}')
    return values


def line(text: str) -> str:
    """Return a text that is one line, fit to be stored. Raises BadParameter."""
    try:
        return check_line(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def days(least: float) -> Callable[[str], float]:
    """Return a parser of a number of days, from `least` to a hundred years."""
    return between(least, MAX_DAYS)
