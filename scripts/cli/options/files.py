"""The options of both import commands that describe how to read a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data.imports.tables.cells import TimeUnit

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


class GapPolicy(StrEnum):
    """The meaning of a candle that a file leaves out: unknown, or without a trade."""

    UNKNOWN = "unknown"
    QUIET = "quiet"
