"""Values of options: numbers and lines with bounds. Parsers of typer's options.

Bounds of typer alone let nan pass, which is neither below nor above them.
"""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import Field

from utils.bounds import MAX_DAYS, check_line, read_as, read_json, shortened
from utils.errors import ConfigError

NUMBER = "NUMBER"
"""What help shows for them."""

MAX_ROWS = 100_000
MAX_SEED = 2**63 - 1


def between(least: float, most: float) -> Callable[[str], float]:
    """Return what reads an option's number within two bounds, both included."""
    kind = Annotated[float, Field(ge=least, le=most, allow_inf_nan=False)]

    def parse(text: str) -> float:
        try:
            number: float = read_as(kind, text, source="")
        except ConfigError as error:
            raise typer.BadParameter(error.problem) from error
        return number

    return parse


def json_object(source: str, text: str) -> dict[str, Any]:
    """Return a JSON object that is given. Raises ConfigError, naming `source`."""
    values = read_json(text, source=source)
    if not isinstance(values, dict):
        raise ConfigError(source, problem=f'must look like {{"fast": 5}}, was {shortened(values)}')
    return values


def line(text: str) -> str:
    """Return an option of one line, as is kept with things. Raises BadParameter."""
    try:
        return check_line(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def days(least: float) -> Callable[[str], float]:
    """Return what reads an option in days, at least these and at most a hundred years."""
    return between(least, MAX_DAYS)
