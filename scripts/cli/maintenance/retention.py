"""Verify past days of tape, and delete what is not kept."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

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

    Exit code 1 if a day should go and is kept, because a bot needs it or it cannot be verified.
    """
    from database.migrate import migrate
    from scripts.cli.maintenance.retention_report import show_report
    from scripts.composition.location import existing_platform
    from scripts.composition.maintenance import open_maintenance
    from scripts.composition.servers import database_url
    from utils.clock import SystemClock
    from utils.codec import encode

    with exit_on_error(), existing_platform(data_dir) as settings:
        migrate(database_url(settings))
        with open_maintenance(settings) as maintenance:
            now = SystemClock().now()
            report = maintenance.retention.preview(now) if dry_run else maintenance.apply(now)
    if as_json:
        typer.echo(encode(report).decode())
    else:
        show_report(report, done="would go" if dry_run else "deleted")
    raise typer.Exit(ExitCode.FOUND if report.held else ExitCode.OK)
