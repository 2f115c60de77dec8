"""Verify past days of tape, and delete what is not kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

if TYPE_CHECKING:
    from data.retention.job import RetentionReport

_EXAMPLE = "Example: uv run truetape maintenance retention --dry-run --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; list what would be deleted.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Apply the rules of RETENTION_* now, beside the running platform.

    Exit code 1 if a day should go and is kept, because a bot needs it or it cannot be verified, or
    if a step failed; every other instrument is done all the same.
    """
    from database.migrate import migrate
    from scripts.composition.location import existing_platform
    from scripts.composition.maintenance import open_maintenance
    from scripts.composition.servers import database_url
    from utils.clock import SystemClock
    from utils.codec import encode
    from utils.isolation import ItemFailures

    with exit_on_error(), existing_platform(data_dir) as settings:
        migrate(database_url(settings))
        clock = SystemClock()
        with open_maintenance(settings, clock, ItemFailures()) as maintenance:
            now = clock.now()
            report = maintenance.retention.preview(now) if dry_run else maintenance.apply(now)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        _show_report(report, done="would go" if dry_run else "deleted")
    raise typer.Exit(ExitCode.FOUND if report.held or report.failed else ExitCode.OK)


def _show_report(report: "RetentionReport", *, done: str) -> None:
    """Print a report; `done` is what happens to them: deleted, or would go."""
    from rich.table import Table

    from scripts.cli.tables import print_table

    table = Table("what", "from", "trades", done)
    for day in report.days:
        table.add_row(day.instrument, f"{day.day:%F}", f"{day.trades:,}", day.reason)
    for held in report.held:
        table.add_row(held.instrument, f"{held.day:%F}", f"{held.trades:,}", f"kept: {held.why}")
    for candles in report.candles:
        what = f"{candles.instrument} {candles.timeframe} candles"
        table.add_row(what, "", "", f"before {candles.before:%F}")
    for failed in report.failed:
        table.add_row(failed.step, "", "", f"failed: {failed.problem}; the next pass tries again")
    if table.row_count:
        print_table(table)
    typer.echo(
        f"{report.verified} days verified, {len(report.days)} {done}, {len(report.held)} kept "
        f"though they should go; {report.versions} outdone versions of candles and "
        f"{report.marks} marks of equity deleted; {len(report.failed)} steps failed"
    )
