"""Back the database up into one file, beside the running platform."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape maintenance backup truetape.zip --data-dir var/demo"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: Annotated[Path, typer.Argument(help="A .zip file; an older one is replaced.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write every table as it is at one instant. The file appears whole or not at all."""
    from database import open_database
    from database.backups.backup import write_backup
    from scripts.cli.maintenance.backup_report import show_manifest
    from scripts.composition.location import existing_platform
    from scripts.composition.servers import database_url
    from utils.clock import SystemClock

    with exit_on_error(), existing_platform(data_dir) as settings:
        database = open_database(database_url(settings), pool_size=1)
        try:
            manifest = write_backup(database.engine, file, SystemClock().now())
        finally:
            database.close()
    show_manifest(manifest, f"written to {file}", as_json=as_json)
