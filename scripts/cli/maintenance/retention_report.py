"""The report of what retention deletes."""

import typer
from rich.table import Table

from data.retention.job import RetentionReport
from scripts.cli.tables import print_table


def show_report(report: RetentionReport, *, done: str) -> None:
    """Print a report; `done` is what happens to them: deleted, or would go."""
    table = Table("what", "from", "trades", done)
    for day in report.days:
        table.add_row(day.instrument, f"{day.day:%F}", f"{day.trades:,}", day.reason)
    for held in report.held:
        table.add_row(held.instrument, f"{held.day:%F}", f"{held.trades:,}", f"kept: {held.why}")
    for candles in report.candles:
        what = f"{candles.instrument} {candles.timeframe} candles"
        table.add_row(what, "", "", f"before {candles.before:%F}")
    if table.row_count:
        print_table(table)
    typer.echo(
        f"{report.verified} days verified, {len(report.days)} {done}, {len(report.held)} kept "
        f"though they should go; {report.versions} outdone versions of candles and "
        f"{report.marks} marks of equity deleted"
    )
