"""Import a file of an exchange's candles: all of it, or nothing."""

from typing import Annotated

import typer

from data import Timeframe
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.groups import with_option_groups
from scripts.cli.options.imports import DeclarationOptions, File, FileOptions, GapPolicy
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape data import-candles btc_1m.csv --exchange kraken --symbol XBT-USDT "
    "--timeframe 1m --columns open_time=ts_s --time-unit s"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
@with_option_groups
def main(
    file: File,
    timeframe: Annotated[Timeframe, typer.Option(help="The length of the file's candles.")],
    options: FileOptions,
    declared: DeclarationOptions,
    gaps: Annotated[
        GapPolicy,
        typer.Option(help="quiet: a candle that is left out between two others had no trade."),
    ] = GapPolicy.UNKNOWN,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import an exchange's own candles: all of a file, or nothing if a row is bad.

    Candles folded from complete trades stay the better ones; of imported ones the last import
    counts. Coarser candles are folded from them. It may be started again.
    """
    from data.imports.candle_rows import CANDLE_FIELDS
    from scripts.cli.data.candle_import import CandleImportOptions, run_import, show_report
    from scripts.cli.data.import_file import open_import

    with exit_on_error():
        opened = open_import(file, options, declared, CANDLE_FIELDS)
        chosen = CandleImportOptions(data_dir, timeframe, gaps, options.skip_bad)
        report = run_import(opened, chosen)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)
