"""Import a file of an exchange's candles: all of it, or nothing."""

from typing import Annotated

import typer

from data import Timeframe
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
    GapPolicy,
    NoHeader,
    SkipBad,
    SkipLines,
    Symbol,
    Unit,
)
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = (
    "Example: uv run truetape data import-candles btc_1m.csv --exchange kraken --symbol XBT-USDT "
    "--timeframe 1m --columns open_time=ts_s --time-unit s"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: File,
    exchange: Exchange,
    symbol: Symbol,
    timeframe: Annotated[Timeframe, typer.Option(help="The length of the file's candles.")],
    columns: Columns = "",
    time_unit: Unit = TimeUnit.MS,
    no_header: NoHeader = False,
    skip_lines: SkipLines = 0,
    delimiter: Delimiter = ",",
    skip_bad: SkipBad = False,
    gaps: Annotated[
        GapPolicy,
        typer.Option(help="quiet: a candle that is left out between two others had no trade."),
    ] = GapPolicy.UNKNOWN,
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
    """Import an exchange's own candles: all of a file, or nothing if a row is bad.

    Candles folded from complete trades stay the better ones; of imported ones the last import
    counts. Coarser candles are folded from them. It may be started again.
    """
    from data.imports.candle_file import CandleFile
    from data.imports.candle_rows import CANDLE_FIELDS, CandleRows
    from data.imports.tables.columns import parse_mapping
    from data.imports.tables.formats import open_table
    from scripts.cli.data.candle_import import (
        CandleImport,
        report_of,
        require_times,
        show_report,
        store_candles,
    )
    from scripts.cli.data.declaration import declaration_given
    from scripts.cli.data.import_file import instrument_of, layout_of, reader_of
    from scripts.cli.progress import bar
    from scripts.composition.location import writable_store
    from utils.clock import SystemClock

    with exit_on_error():
        instrument = instrument_of(exchange, symbol)
        layout = layout_of(no_header=no_header, skip_lines=skip_lines, delimiter=delimiter)
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
        table = open_table(file, layout)
        rows = CandleRows(
            instrument,
            timeframe,
            table.header,
            parse_mapping(columns, CANDLE_FIELDS),
            reader_of(time_unit),
            finished_by=SystemClock().now(),
            price_step=declaration.price_step,
        )
        candles = CandleFile(table, rows, timeframe)
        with bar("Checking rows") as watch:
            survey = candles.check(watch)
        report = report_of(file, instrument, timeframe, survey)
        if survey.good and (skip_bad or not survey.bad.count):
            request = CandleImport(instrument, timeframe, declaration, gaps)
            require_times(survey, gaps)
            with writable_store(data_dir) as store:
                store_candles(report, candles, survey, request, store)
    show_report(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.imported else ExitCode.FOUND)
