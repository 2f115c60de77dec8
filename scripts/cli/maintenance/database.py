"""Show the database: its version, its schema, its largest tables, TimescaleDB."""

from typing import Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape maintenance database --data-dir var/demo --json"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    activate_now: Annotated[
        bool,
        typer.Option(
            "--activate", help="Make hypertables of large tables, too. Writers wait meanwhile."
        ),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the database. TimescaleDB: plain; available, not preloaded; or active."""
    from database import open_database
    from database.backups.inventory import read_inventory
    from database.errors import translate_errors
    from database.timescale import activate
    from scripts.cli.maintenance.inventory import UNLIMITED_ROWS, show_inventory
    from scripts.composition.location import existing_platform
    from scripts.composition.servers import database_url

    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            if activate_now:
                activate(database.engine, large_rows=UNLIMITED_ROWS)
            with translate_errors("reading the inventory"), database.engine.connect() as connection:
                inventory = read_inventory(connection)
        finally:
            database.close()
    show_inventory(inventory, as_json=as_json)
    raise typer.Exit(ExitCode.OK if inventory.is_current else ExitCode.FOUND)
