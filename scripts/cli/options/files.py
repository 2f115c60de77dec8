"""The options of both import commands that describe how to read a file."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from data import InstrumentId
from data.errors import InvalidValue
from data.imports.tables.cells import TimeReader, TimeUnit, time_reader
from data.imports.tables.problems import BadRow, BadRows
from data.imports.tables.table import Layout
from utils.clock import SystemClock
from utils.errors import ConfigError

File = Annotated[
    Path,
    typer.Argument(
        help="CSV (plain, gzip, zip), Parquet or Feather, or a folder of them.", exists=True
    ),
]
Exchange = Annotated[str, typer.Option(help="As in kraken.")]
Symbol = Annotated[str, typer.Option(help="As in XBT-USDT.")]
Columns = Annotated[
    str,
    typer.Option(
        help="Which column is what, as in price=px,size=sz; numbers from 0 without a header."
    ),
]
Unit = Annotated[TimeUnit, typer.Option(help="What times count; iso: UTC where no zone is given.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line is a row.")]
SkipLines = Annotated[int, typer.Option(min=0, max=1_000_000, help="Lines above the header.")]
Delimiter = Annotated[str, typer.Option(help="Between columns, one character.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Import the good rows of a file with bad ones.")
]

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
