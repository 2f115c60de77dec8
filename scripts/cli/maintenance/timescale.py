"""Print the SQL of TimescaleDB's settings, or show whether they are in use."""

from typing import Annotated

import typer

from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import DataDir

_EXAMPLE = "Example: uv run truetape maintenance timescale --sql > timescale.sql"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
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
    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            with translate_errors("reading the state"), database.engine.connect() as connection:
                typer.echo(f"timescaledb: {read_timescale_info(connection).describe()}")
        finally:
            database.close()
