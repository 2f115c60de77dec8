"""A backtest of a command, and its report."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import typer
from plotly.offline import get_plotlyjs
from rich.table import Table

from backtesting.archive.backtest_service import BacktestService
from backtesting.archive.export import BacktestTable, export_backtest
from backtesting.archive.shown_warnings import shown_warnings
from backtesting.config import BacktestConfig
from backtesting.metrics import GoldenCheck
from backtesting.monitor import RunMonitor
from backtesting.record import BacktestRecord, BacktestSummary
from backtesting.report.page import report_page
from backtesting.run.engine import BacktestingEngine
from data import InstrumentId, Timeframe
from scripts.cli.exits import ExitCode
from scripts.cli.progress import bar
from scripts.cli.tables import metrics_table, print_table
from scripts.composition.backtests import market_store_of
from scripts.composition.stores import Store
from strategies.hosts.registry import StrategyRegistry
from utils.clock import SystemClock
from utils.codec import encode


class BacktestReport(msgspec.Struct, kw_only=True):
    """The backtest, run now or stored before, and the files written."""

    backtest: BacktestSummary
    is_new: bool
    files: list[str]
    warnings: list[str]


def run_backtest(
    store: Store, config: BacktestConfig, registry: StrategyRegistry
) -> tuple[BacktestRecord, bool]:
    """Run and store a backtest, or read the stored one; return it and whether it is new.

    Raises TruetapeError.
    """
    engine = BacktestingEngine(market_store_of(store), registry)
    service = BacktestService(engine, store.backtests, SystemClock())
    with bar("Running") as on_progress:
        stored = service.run(config, RunMonitor(on_progress))
    return service.read(stored.id), stored.is_new


def export_results(
    store: Store, record: BacktestRecord, files: Sequence[Path], table: BacktestTable
) -> None:
    """Write a backtest to files, in the formats of their suffixes. Raises ConfigError, OSError."""

    def report() -> str:
        summary = record.summary
        name, timeframe = InstrumentId.parse(summary.instrument), Timeframe(summary.timeframe)
        candles = store.candles.frame(name, timeframe, summary.start, summary.end, gaps=None)
        return report_page(record, get_plotlyjs(), candles)

    for file in files:
        export_backtest(record, file, table, report)


def report_of(record: BacktestRecord, files: Sequence[Path], *, is_new: bool) -> BacktestReport:
    """Return the report of a backtest and of the files written."""
    summary = record.summary
    return BacktestReport(
        backtest=summary,
        is_new=is_new,
        files=[str(file) for file in files],
        warnings=shown_warnings(summary, record.round_trips),
    )


def show_report(report: BacktestReport, *, as_json: bool) -> None:
    """Print a report."""
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


def show_selftest(checks: list[GoldenCheck], *, as_json: bool) -> None:
    """Print the check of every metric, and exit with its code."""
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
