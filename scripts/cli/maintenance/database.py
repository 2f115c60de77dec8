"""Show the database: its version, its schema, its largest tables, TimescaleDB."""

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from database import open_database
from database.backups.inventory import Inventory, read_inventory
from database.errors import translate_errors
from database.timescale import activate
from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir
from scripts.cli.tables import print_table
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url
from utils.codec import encode

_EXAMPLE = "Example: uv run truetape maintenance database --data-dir var/demo --json"
_UNLIMITED_ROWS = 2**62

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
    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            if activate_now:
                activate(database.engine, large_rows=_UNLIMITED_ROWS)
            with translate_errors("reading the inventory"), database.engine.connect() as connection:
                inventory = read_inventory(connection)
        finally:
            database.close()
    _show(inventory, as_json=as_json)
    raise typer.Exit(ExitCode.OK if inventory.is_current else ExitCode.FOUND)


def _show(inventory: Inventory, *, as_json: bool) -> None:
    if as_json:
        facts = msgspec.to_builtins(inventory) | {"words": inventory.timescale.describe()}
        typer.echo(encode(facts).decode())
        return
    schema = inventory.schema or "missing"
    typer.echo(f"PostgreSQL {inventory.version}, schema {schema}, newest {inventory.newest_schema}")
    typer.echo(f"timescaledb: {inventory.timescale.describe()}")
    table = Table("table", "rows, about", "MB")
    for one in inventory.tables:
        table.add_row(one.name, f"{one.rows:,}", f"{one.size_bytes / 1e6:,.1f}")
    print_table(table)
