"""Import a file of trades: all of it, or nothing."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.groups import with_option_groups
from scripts.cli.options.imports import DeclarationOptions, File, FileOptions
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape data import-trades trades.csv.gz --exchange kraken --symbol XBT-USDT "
    "--columns id=trade_id,time=ts_s --time-unit s --build-candles"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
@with_option_groups
def main(
    file: File,
    options: FileOptions,
    declared: DeclarationOptions,
    build: Annotated[
        bool, typer.Option("--build-candles", help="Fold the trades into all timeframes.")
    ] = False,
    number_rows: Annotated[
        bool,
        typer.Option(
            "--number-rows",
            help="Make ids up of the rows' numbers, where the exchange's are none or full of gaps.",
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import trades of any exchange: all of a file, or nothing if a row is bad.

    It may be interrupted and started again: what is stored already is left alone.
    """
    from data.imports.trade_rows import TRADE_FIELDS
    from scripts.cli.data.import_file import open_import
    from scripts.cli.data.trade_import import TradeImportOptions, run_import, show_report

    with exit_on_error():
        opened = open_import(file, options, declared, TRADE_FIELDS)
        chosen = TradeImportOptions(data_dir, options.skip_bad, build, number_rows)
        report = run_import(opened, chosen)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)
