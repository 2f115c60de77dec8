"""What both imports do with a file of rows, and the report of its bad rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import typer

from data import InstrumentId
from data.errors import InvalidValue
from data.imports.declaration import InstrumentDeclaration
from data.imports.tables.cells import TimeReader, time_reader
from data.imports.tables.columns import Field, parse_mapping
from data.imports.tables.formats import open_table
from data.imports.tables.problems import BadRow, BadRows
from data.imports.tables.table import Layout, SourceTable
from scripts.cli.data.declaration import declaration_of
from scripts.cli.options.imports import DeclarationOptions, FileOptions
from utils.clock import SystemClock
from utils.errors import ConfigError

# A clock may be a little behind the exchange's.
_CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """An opened file, its instrument, the columns of its fields, and the reader of its times."""

    path: Path
    instrument: InstrumentId
    declaration: InstrumentDeclaration
    table: SourceTable
    mapping: dict[str, str]
    reader: TimeReader


class RowProblems(msgspec.Struct, frozen=True):
    """How many rows are bad, and the first of them."""

    count: int
    first: list[BadRow]


def open_import(
    path: Path, options: FileOptions, declared: DeclarationOptions, fields: Sequence[Field]
) -> ImportFile:
    """Open a file of rows with these fields. Raises ConfigError, UnreadableFile."""
    instrument = _instrument_of(options)
    layout = _layout_of(options)
    return ImportFile(
        path=path,
        instrument=instrument,
        declaration=declaration_of(declared),
        table=open_table(path, layout),
        mapping=parse_mapping(options.columns, fields),
        # Times lie in the past.
        reader=time_reader(options.time_unit, SystemClock().now() + _CLOCK_TOLERANCE),
    )


def _instrument_of(options: FileOptions) -> InstrumentId:
    try:
        return InstrumentId(options.exchange, options.symbol)
    except InvalidValue as error:
        raise ConfigError("--exchange, --symbol", problem=str(error)) from error


def _layout_of(options: FileOptions) -> Layout:
    delimiter = options.delimiter
    if len(delimiter) != 1:
        raise ConfigError("--delimiter", problem=f"must be one character, was {delimiter!r}")
    return Layout(
        has_header=not options.no_header, skip_lines=options.skip_lines, delimiter=delimiter
    )


def is_importable(good: int, bad: BadRows, *, skip_bad: bool) -> bool:
    """Return whether a file with good and bad rows is imported."""
    return bool(good) and (skip_bad or not bad.count)


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


def show_rejection(good: int, problems: RowProblems, *, empty: str) -> None:
    """Show why a file is not imported; `empty` is the reason where it has no bad row."""
    bad = problems.count
    reason = f"{bad:,} rows are bad, {good:,} are good; --skip-bad imports the good ones"
    typer.echo(f"nothing imported: {reason if bad else empty}")
