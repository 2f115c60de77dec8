"""Check the health of every part of a running platform."""

from contextlib import ExitStack

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape maintenance health --data-dir var/demo --json"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check the platform of a data directory, or that of DATABASE_URL and REDIS_URL.

    Exit code 0 only if all is well.
    """
    from scripts.cli.maintenance.health_report import probes_of, redact, table_of
    from scripts.cli.tables import print_table
    from scripts.composition.location import settings_for
    from utils.codec import encode
    from utils.probes import examine

    with exit_on_error(), ExitStack() as stack:
        report = redact(examine(probes_of(settings_for(data_dir), data_dir, stack)))
    if as_json:
        typer.echo(encode(report).decode())
    else:
        print_table(table_of(report))
    raise typer.Exit(ExitCode.OK if report.healthy else ExitCode.FOUND)
