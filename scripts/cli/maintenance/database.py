"""Show the database and TimescaleDB, activate TimescaleDB, or print its statements."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.cli.exits import ExitCode, exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

if TYPE_CHECKING:
    from database.backups.inventory import Inventory

_DATABASE = "Example: uv run truetape maintenance database --data-dir var/demo --json"
_TIMESCALE = "Example: uv run truetape maintenance timescale --sql > timescale.sql"
_UNLIMITED_ROWS = 2**62

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command("database", epilog=_DATABASE)
def show_database(
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
    from scripts.composition.location import existing_platform
    from scripts.composition.servers import database_url

    with (
        exit_on_error(),
        existing_platform(data_dir) as settings,
        closing(open_database(database_url(settings), pool_size=1)) as database,
    ):
        if activate_now:
            activate(database.engine, large_rows=_UNLIMITED_ROWS)
        with translate_errors("reading the inventory"), database.engine.connect() as connection:
            inventory = read_inventory(connection)
    _show_inventory(inventory, as_json=as_json)
    raise typer.Exit(ExitCode.OK if inventory.is_current else ExitCode.FOUND)


@app.command("timescale", epilog=_TIMESCALE)
def show_timescale(
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements; no server is needed.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the state of TimescaleDB, or print the statements that make hypertables."""
    from database import open_database
    from database.errors import translate_errors
    from database.timescale import activation_sql
    from database.timescale_info import read_timescale_info
    from scripts.composition.location import existing_platform
    from scripts.composition.servers import database_url

    if sql:
        typer.echo(activation_sql(), nl=False)
        return
    with (
        exit_on_error(),
        existing_platform(data_dir) as settings,
        closing(open_database(database_url(settings), pool_size=1)) as database,
        translate_errors("reading the state"),
        database.engine.connect() as connection,
    ):
        typer.echo(f"timescaledb: {read_timescale_info(connection).describe()}")


def _show_inventory(inventory: "Inventory", *, as_json: bool) -> None:
    import msgspec
    from rich.table import Table

    from scripts.cli.tables import print_table
    from utils.codec import encode

    if as_json:
        facts = msgspec.to_builtins(inventory) | {"description": inventory.timescale.describe()}
        typer.echo(encode(facts).decode())
        return
    schema = inventory.schema or "missing"
    typer.echo(f"PostgreSQL {inventory.version}, schema {schema}, newest {inventory.newest_schema}")
    typer.echo(f"timescaledb: {inventory.timescale.describe()}")
    table = Table("table", "rows, about", "MB")
    for one in inventory.tables:
        table.add_row(one.name, f"{one.rows:,}", f"{one.size_bytes / 1e6:,.1f}")
    print_table(table)
