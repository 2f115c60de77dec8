"""Restore a backup into an unused database."""

from pathlib import Path
from typing import Annotated

import typer

from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

_EXAMPLE = "Example: uv run truetape maintenance restore truetape.zip --data-dir var/restored"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: Annotated[
        Path, typer.Argument(help="A file of truetape maintenance backup.", exists=True)
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop everything that is in the database before.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Fill a database from a backup, all of it or nothing."""
    from database import open_database
    from database.backups.restore import read_manifest, restore_backup
    from scripts.cli.maintenance.backup_report import show_manifest, warn_of_missing_users
    from scripts.composition.location import settings_for, unused_database

    with exit_on_error():
        read_manifest(file)
        with unused_database(data_dir) as url:
            database = open_database(url, pool_size=1)
            try:
                manifest = restore_backup(database.engine, file, replace=replace)
            finally:
                database.close()
        show_manifest(manifest, "restored", as_json=as_json)
        warn_of_missing_users(settings_for(data_dir))
