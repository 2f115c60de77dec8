"""What both imports do with a file of rows, and the report of its bad rows."""

from datetime import timedelta

import msgspec
import typer

from data import InstrumentId
from data.errors import InvalidValue
from data.imports.tables.cells import TimeReader, TimeUnit, time_reader
from data.imports.tables.problems import BadRow, BadRows
from data.imports.tables.table import Layout
from utils.clock import SystemClock
from utils.errors import ConfigError

# A clock may be a little behind the exchange's.
_CLOCK_TOLERANCE = timedelta(minutes=1)


class RowProblems(msgspec.Struct, frozen=True):
    """How many rows are bad, and the first of them."""

    count: int
    first: list[BadRow]


def instrument_of(exchange: str, symbol: str) -> InstrumentId:
    """Return the instrument. Raises ConfigError."""
    try:
        return InstrumentId(exchange, symbol)
    except InvalidValue as error:
        raise ConfigError("--exchange, --symbol", problem=str(error)) from error


def layout_of(*, no_header: bool, skip_lines: int, delimiter: str) -> Layout:
    """Return the layout of a CSV file. Raises ConfigError."""
    if len(delimiter) != 1:
        raise ConfigError("--delimiter", problem=f"must be one character, was {delimiter!r}")
    return Layout(has_header=not no_header, skip_lines=skip_lines, delimiter=delimiter)


def reader_of(unit: TimeUnit) -> TimeReader:
    """Return a reader of times that lie in the past."""
    return time_reader(unit, SystemClock().now() + _CLOCK_TOLERANCE)


def problems_of(bad: BadRows) -> RowProblems:
    """Return bad rows as they are reported."""
    return RowProblems(bad.count, bad.first)


def show_problems(problems: RowProblems) -> None:
    """Show the first bad rows, and how many more there are."""
    for row in problems.first:
        file = "" if row.file is None else f"{row.file} "
        typer.echo(f"{file}line {row.line}: {row.problem}", err=True)
    if problems.count > len(problems.first):
        typer.echo(f"and {problems.count - len(problems.first):,} more bad rows", err=True)
