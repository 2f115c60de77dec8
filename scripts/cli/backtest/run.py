"""Run one backtest over stored history, store it, and show its result."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from backtesting.archive.backtest_service import BacktestService, StoredBacktest
from backtesting.archive.export import BacktestTable, export_backtest
from backtesting.archive.run_warnings import warnings_on
from backtesting.config import BacktestConfig
from backtesting.metrics import GoldenCheck, selftest
from backtesting.monitor import RunMonitor
from backtesting.record import BacktestRecord, BacktestSummary
from backtesting.report.page import report_page
from backtesting.run.engine import BacktestingEngine
from dashboard.plotly_source import plotly_js
from data import InstrumentId, Timeframe
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.backtests import (
    CandleLength,
    Capital,
    ConfigFile,
    EnterOnStart,
    Folder,
    Instrument,
    Parameters,
    ResolutionOption,
    Set,
    StrategyOption,
    config_of,
    parameters_of,
    span_given,
    values_given,
)
from scripts.cli.options.instruments import From, To
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.progress import bar
from scripts.cli.tables import metrics_table, print_table
from scripts.composition.backtests import archive_of
from scripts.composition.location import existing_store
from scripts.composition.stores import Store
from scripts.composition.strategies import open_command_registry
from strategies.sandbox.registry import StrategyRegistry
from utils.clock import SystemClock
from utils.codec import encode

_EXAMPLE = (
    "Example: uv run truetape backtest run okx:BTC-USDT --strategy EmaCrossover --timeframe 1h "
    "--set exits.stop_loss_bps=200 --export report.html"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class BacktestReport(msgspec.Struct, kw_only=True):
    """The backtest, run now or stored before, and the files written."""

    backtest: BacktestSummary
    is_new: bool
    files: list[str]
    warnings: list[str]


@app.command(epilog=_EXAMPLE)
def main(
    instrument: Instrument = None,
    strategy: StrategyOption = None,
    parameters: Parameters = None,
    timeframe: CandleLength = None,
    start: From = None,
    end: To = None,
    resolution: ResolutionOption = None,
    capital: Capital = None,
    enter_on_start: EnterOnStart = None,
    settings: Set = None,
    config: ConfigFile = None,
    export: Annotated[
        list[Path] | None, typer.Option(help=".html, .json, .csv or .parquet; repeat for several.")
    ] = None,
    table: Annotated[
        BacktestTable, typer.Option(help="Which rows .csv and .parquet hold.")
    ] = BacktestTable.ROUND_TRIPS,
    note: Annotated[str, typer.Option(help="Kept with the backtest.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Kept with it; repeat.")] = None,
    folder: Folder = Path("user_strategies"),
    golden: Annotated[
        bool, typer.Option("--selftest", help="Check every metric against its golden value.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Run a backtest; the same one on the same data is not run twice.

    Exit code 1 if its books do not agree with themselves.
    """
    if golden:
        _show_selftest(selftest(), as_json=as_json)
        return
    with exit_on_error():
        given = {
            "instrument": instrument, "strategy": strategy, "timeframe": timeframe,
            "parameters": parameters_of(parameters), "resolution": resolution, "capital": capital,
            "enter_on_start": enter_on_start, **span_given(start, end),
        }  # fmt: skip
        values = values_given(config, given, settings or [])
        with existing_store(data_dir) as store, open_command_registry(folder) as registry:
            served = _run(store, config_of(values, store), registry)
            if note or tag:
                store.backtests.annotate(served.record.summary.id, note, tag or [])
            for path in export or []:
                _export(store, served.record, path, table)
    report = BacktestReport(
        backtest=served.record.summary,
        is_new=served.is_new,
        files=[str(path) for path in export or []],
        warnings=warnings_on(served.record.summary, served.record.round_trips),
    )
    _show(report, as_json=as_json)
    raise typer.Exit(ExitCode.OK if report.backtest.agrees else ExitCode.FOUND)


def _run(store: Store, config: BacktestConfig, registry: StrategyRegistry) -> StoredBacktest:
    engine = BacktestingEngine(archive_of(store), registry)
    with bar("Running") as watch:
        return BacktestService(engine, store.backtests, SystemClock()).run(
            config, RunMonitor(watch)
        )


def _export(store: Store, record: BacktestRecord, path: Path, table: BacktestTable) -> None:
    def report() -> str:
        summary = record.summary
        name, timeframe = InstrumentId.parse(summary.instrument), Timeframe(summary.timeframe)
        candles = store.candles.frame(name, timeframe, summary.start, summary.end, gaps=None)
        return report_page(record, plotly_js(), candles)

    export_backtest(record, path, table, report)


def _show(report: BacktestReport, *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(report).decode())
        return
    summary = report.backtest
    for warning in report.warnings:
        typer.echo(f"warning: {warning}")
    title = f"{summary.strategy} on {summary.instrument} {summary.timeframe}"
    print_table(metrics_table({"value": summary.metrics}, [summary.quote], title), keys=2)
    quality = summary.quality
    typer.echo(
        f"{quality.prints:,} prints, {quality.missing:.2%} of the span unknown, "
        f"{summary.drilled_candles:,} ambiguous candles decided by finer data; "
        f"{quality.warmup:,} candles of warm-up before {summary.start:%Y-%m-%d %H:%M} UTC"
    )
    wrong = [check for check in summary.reconciled if not check.holds]
    for check in wrong:
        typer.echo(f"{check.name}: {check.different:,} of {check.compared:,} differ: {check.what}")
    kept = "kept" if report.is_new else "served from store, where it was kept before,"
    typer.echo(f"books {'do not agree' if wrong else 'agree'}; {kept} as backtest {summary.id}")
    for file in report.files:
        typer.echo(f"written: {file}")


def _show_selftest(checks: list[GoldenCheck], *, as_json: bool) -> None:
    if as_json:
        typer.echo(encode(checks).decode())
    else:
        table = Table("metric", "by", "expected", "measured", "")
        for check in checks:
            result = "right" if check.is_right else "WRONG"
            table.add_row(check.metric, check.by, repr(check.expected), repr(check.value), result)
        print_table(table)
    right = all(check.is_right for check in checks)
    raise typer.Exit(ExitCode.OK if right else ExitCode.FOUND)
