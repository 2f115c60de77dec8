"""Import a file of trades: all of it, or nothing."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from data.imports.tables.cells import TimeUnit
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.declarations import (
    Base,
    ContractCurrency,
    ContractValue,
    Kind,
    MinSize,
    PriceStep,
    Quote,
    SizeStep,
)
from scripts.cli.options.files import (
    Columns,
    Delimiter,
    Exchange,
    File,
    NoHeader,
    SkipBad,
    SkipLines,
    Symbol,
    Unit,
)
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape data import-trades trades.csv.gz --exchange kraken --symbol XBT-USDT "
    "--columns id=trade_id,time=ts_s --time-unit s --build-candles"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: File,
    exchange: Exchange,
    symbol: Symbol,
    columns: Columns = "",
    time_unit: Unit = TimeUnit.MS,
    no_header: NoHeader = False,
    skip_lines: SkipLines = 0,
    delimiter: Delimiter = ",",
    skip_bad: SkipBad = False,
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
    kind: Kind = None,
    price_step: PriceStep = None,
    size_step: SizeStep = None,
    min_size: MinSize = None,
    contract_value: ContractValue = None,
    contract_currency: ContractCurrency = None,
    base: Base = None,
    quote: Quote = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import trades of any exchange: all of a file, or nothing if a row is bad.

    It may be interrupted and started again: what is stored already is left alone.
    """
    from data.imports.tables.columns import parse_mapping
    from data.imports.tables.formats import open_table
    from data.imports.trade_file import TradeFile
    from data.imports.trade_rows import TRADE_FIELDS, TradeRows
    from scripts.cli.data.declaration import declaration_given
    from scripts.cli.data.import_file import instrument_of, layout_of, reader_of
    from scripts.cli.data.trade_import import TradeImportOptions, run_import, show_report

    with exit_on_error():
        instrument = instrument_of(exchange, symbol)
        layout = layout_of(no_header=no_header, skip_lines=skip_lines, delimiter=delimiter)
        table = open_table(file, layout)
        mapping = parse_mapping(columns, TRADE_FIELDS)
        declaration = declaration_given(
            kind=kind,
            price_step=price_step,
            size_step=size_step,
            min_size=min_size,
            contract_value=contract_value,
            contract_currency=contract_currency,
            base=base,
            quote=quote,
        )
        rows = TradeRows(
            instrument,
            table.header,
            mapping,
            reader_of(time_unit),
            number_rows=number_rows,
            price_step=declaration.price_step,
            size_step=declaration.size_step,
        )
        options = TradeImportOptions(data_dir, declaration, skip_bad, build, number_rows)
        with TemporaryDirectory(prefix="truetape-") as scratch:
            report = run_import(TradeFile(table, rows, Path(scratch)), file, instrument, options)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)
