"""Restore a back-up into an unused database."""

from pathlib import Path
from typing import Annotated

import typer

from config import Settings
from dashboard.security.key_file import FILE_NAME
from database import open_database
from database.backups.restore import read_manifest, restore_backup
from scripts.cli.exits import exit_on_error
from scripts.cli.maintenance.backup import show
from scripts.cli.options.standard import AsJson, DataDir
from scripts.composition.authentication import key_file
from scripts.composition.location import settings_for, unused_database

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
    """Fill a database from a back-up, all of it or nothing."""
    with exit_on_error():
        read_manifest(file)
        with unused_database(data_dir) as url:
            database = open_database(url, pool_size=1)
            try:
                manifest = restore_backup(database.engine, file, replace=replace)
            finally:
                database.close()
        show(manifest, "restored", as_json=as_json)
        _warn_if_login_disabled(settings_for(data_dir))


def _warn_if_login_disabled(settings: Settings) -> None:
    """Print a warning if a directory's dashboard needs no login: a back-up holds no users."""
    if key_file(settings).keys().users:
        return
    folder = settings.folders.data_dir
    typer.secho(
        f"The dashboard of {folder} needs no login: a back-up holds no users, and "
        f"{folder / FILE_NAME} has none. Copy {FILE_NAME} from the old data directory, or add a "
        f"user: uv run truetape users add NAME --role operator --data-dir {folder}",
        err=True,
        fg="yellow",
    )
