"""The report of search commands: trials, their selection bias, data for figures."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import typer
from rich.table import Table

from backtesting.metrics import METRICS, in_catalog_order
from backtesting.metrics.definition import Value
from backtesting.report.formats import format_metric
from backtesting.search import Scalar
from backtesting.sweeps.selection_bias import SelectionBias
from backtesting.sweeps.table import HeatMap, ParallelCoordinates, SweepRow, SweepTable
from scripts.cli.tables import print_table
from utils.codec import encode
from utils.files import atomic_write


class TrialReport(msgspec.Struct, kw_only=True):
    """One trial: the parameters that vary, and its metrics."""

    parameters: dict[str, Scalar]
    metrics: dict[str, Value]
    problem: str


class SweepReport(msgspec.Struct, kw_only=True):
    """The trials, the best of them, and their selection bias.

    `start` is the common one of all trials, after the longest warm-up of those traded (`warmup`
    candles). `digest` is that of the whole table: the same for any number of workers.
    `selection_bias` counts every trial of the strategy on the instrument that was ever made.
    """

    objective: str
    sweep: str
    digest: str
    trials: int
    evaluated: int
    from_store: int
    failed: int
    invalid: int
    start: datetime
    warmup: int
    warnings: list[str]
    best: list[TrialReport]
    selection_bias: SelectionBias | None
    heat_map: HeatMap | None = None
    parallel_coordinates: ParallelCoordinates | None = None
    table: str | None = None


def trial_report(names: Sequence[str], row: SweepRow) -> TrialReport:
    """Return the report of a row."""
    return TrialReport(
        parameters=dict(zip(names, row.point, strict=True)),
        metrics=in_catalog_order(row.trial.metrics),
        problem=row.trial.problem,
    )


def write_table(path: Path, table: SweepTable, metrics: Sequence[str]) -> str:
    """Write every trial as CSV, or nothing. Raises OSError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*table.space.names, *metrics, "problem"])
    for row in table.rows:
        values = [row.trial.metrics.get(name) for name in metrics]
        writer.writerow([*row.point, *values, row.trial.problem])
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
    return str(path)


def show_sweep(report: SweepReport, quote: str, *, as_json: bool) -> None:
    """Print a sweep; `quote` is the quote currency, "" if unknown."""
    if as_json:
        typer.echo(encode(report).decode())
        return
    for warning in report.warnings:
        typer.echo(f"warning: {warning}")
    if report.best:
        print_table(_best_table(report.best, quote))
    if report.heat_map is not None:
        print_table(_heat_table(report.heat_map, report.objective, quote))
    typer.echo(
        f"{report.trials:,} trials: {report.evaluated:,} evaluated, {report.from_store:,} from "
        f"store, {report.failed:,} failed; {report.invalid:,} combinations not allowed; all traded "
        f"from {report.start:%Y-%m-%d %H:%M} UTC, the longest warm-up is {report.warmup:,} candles"
    )
    if report.selection_bias is not None:
        show_selection_bias(report.selection_bias)
    typer.echo(f"sweep {report.sweep}, table {report.digest}")
    if report.table:
        typer.echo(f"written: {report.table}")


def show_selection_bias(bias: SelectionBias) -> None:
    """Print the best Sharpe ratio, and its value deflated by the number of trials."""
    by_chance = "unknown" if bias.best_by_chance is None else f"{bias.best_by_chance:.2f}"
    shown = {
        name: format_metric(METRICS[name].definition, getattr(bias, name), "")
        for name in ("sharpe", "probabilistic_sharpe", "deflated_sharpe")
    }
    typer.echo(
        f"Sharpe ratio {shown['sharpe']}; the best of {bias.trials:,} useless trials would "
        f"show {by_chance}; probabilistic {shown['probabilistic_sharpe']}, "
        f"deflated {shown['deflated_sharpe']}"
    )


def format_metrics(metrics: Mapping[str, Value], quote: str) -> list[str]:
    """Return metrics formatted for users."""
    return [
        format_metric(METRICS[name].definition, value, quote) for name, value in metrics.items()
    ]


def _best_table(best: Sequence[TrialReport], quote: str) -> Table:
    table = Table(title="The best")
    for name in best[0].parameters:
        table.add_column(name, justify="right")
    for name in best[0].metrics:
        table.add_column(METRICS[name].definition.title, justify="right")
    for trial in best:
        table.add_row(
            *map(_format_value, trial.parameters.values()), *format_metrics(trial.metrics, quote)
        )
    return table


def _heat_table(heat: HeatMap, metric: str, quote: str) -> Table:
    definition = METRICS[metric].definition
    table = Table(title=definition.title)
    table.add_column("")
    for column in heat.columns:
        table.add_column(_format_value(column), justify="right")
    for row, values in zip(heat.rows, heat.values, strict=True):
        table.add_row(
            _format_value(row), *(format_metric(definition, value, quote) for value in values)
        )
    return table


def _format_value(value: Scalar) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
