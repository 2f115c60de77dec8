"""The options of both import commands: how to read a file, and what its instrument is."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from data import InstrumentKind
from data.imports.tables.cells import TimeUnit

File = Annotated[
    Path,
    typer.Argument(
        help="CSV (plain, gzip, zip), Parquet or Feather, or a folder of them.", exists=True
    ),
]


class GapPolicy(StrEnum):
    """The meaning of a candle that a file leaves out: unknown, or without a trade."""

    UNKNOWN = "unknown"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions:
    """The options that describe how to read a file, and whose rows it holds."""

    exchange: Annotated[str, typer.Option(help="As in kraken.")]
    symbol: Annotated[str, typer.Option(help="As in XBT-USDT.")]
    columns: Annotated[
        str,
        typer.Option(
            help="Which column is what, as in price=px,size=sz; numbers from 0 without a header."
        ),
    ] = ""
    time_unit: Annotated[
        TimeUnit, typer.Option(help="What times count; iso: UTC where no zone is given.")
    ] = TimeUnit.MS
    no_header: Annotated[bool, typer.Option("--no-header", help="The first line is a row.")] = False
    skip_lines: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Lines above the header.")
    ] = 0
    delimiter: Annotated[str, typer.Option(help="Between columns, one character.")] = ","
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the good rows of a file with bad ones.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationOptions:
    """The options that declare an instrument which no exchange describes."""

    kind: Annotated[
        InstrumentKind | None,
        typer.Option(help="What it is, if no exchange describes it; stored."),
    ] = None
    price_step: Annotated[
        str | None,
        typer.Option(
            help="As in 0.01: the noise of floats is rounded to it; kept with --size-step."
        ),
    ] = None
    size_step: Annotated[
        str | None, typer.Option(help="As in 0.001, in contracts for a swap; kept.")
    ] = None
    min_size: Annotated[
        str | None, typer.Option(help="The smallest order. Default: one size step.")
    ] = None
    contract_value: Annotated[
        str | None, typer.Option(help="What one contract stands for; kept.")
    ] = None
    contract_currency: Annotated[
        str | None, typer.Option(help="What the contract value counts. Default: the base.")
    ] = None
    base: Annotated[str | None, typer.Option(help="If the symbol is not BASE-QUOTE.")] = None
    quote: Annotated[str | None, typer.Option(help="If the symbol is not BASE-QUOTE.")] = None
