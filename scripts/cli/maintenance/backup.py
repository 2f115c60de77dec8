"""Back the database up into one file, beside the running platform."""

from pathlib import Path
from typing import Annotated

import typer

from database import open_database
from database.backups.backup import Manifest, write_backup
from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import AsJson, DataDir
from scripts.composition.location import existing_platform
from scripts.composition.servers import database_url
from utils.clock import SystemClock
from utils.codec import encode

_EXAMPLE = "Example: uv run truetape maintenance backup truetape.zip --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: Annotated[Path, typer.Argument(help="A .zip file; an older one is replaced.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write every table as it is at one instant. The file appears whole or not at all."""
    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            manifest = write_backup(database.engine, file, SystemClock().now())
        finally:
            database.close()
    show(manifest, f"written to {file}", as_json=as_json)


def show(manifest: Manifest, done: str, *, as_json: bool) -> None:
    """Print the contents of a back-up."""
    if as_json:
        typer.echo(encode(manifest).decode())
        return
    typer.echo(f"{manifest.rows:,} rows of {len(manifest.tables)} tables {done}")
    for name, trade_id in manifest.tape_ends.items():
        typer.echo(f"{name}: tape up to trade {trade_id}")
