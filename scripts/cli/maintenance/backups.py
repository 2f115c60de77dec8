"""Back the database up into one file, beside the running platform, and restore such a file."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scripts.cli.exits import exit_on_error
from scripts.cli.options.standard import AsJson, DataDir

if TYPE_CHECKING:
    from config import Settings
    from database.backups.backup import Manifest

_BACKUP = "Example: uv run truetape maintenance backup truetape.zip --data-dir var/demo"
_RESTORE = "Example: uv run truetape maintenance restore truetape.zip --data-dir var/restored"

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command(epilog=_BACKUP)
def backup(
    file: Annotated[Path, typer.Argument(help="A .zip file; an older one is replaced.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write every table as it is at one instant. The file appears whole or not at all."""
    from database import open_database
    from database.backups.backup import write_backup
    from scripts.composition.location import existing_platform
    from scripts.composition.servers import database_url
    from utils.clock import SystemClock

    with (
        exit_on_error(),
        existing_platform(data_dir) as settings,
        closing(open_database(database_url(settings), pool_size=1)) as database,
    ):
        manifest = write_backup(database.engine, file, SystemClock().now())
    _show_manifest(manifest, f"written to {file}", as_json=as_json)


@app.command(epilog=_RESTORE)
def restore(
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
    from scripts.composition.location import settings_for, unused_database

    with exit_on_error():
        read_manifest(file)
        with (
            unused_database(data_dir) as url,
            closing(open_database(url, pool_size=1)) as database,
        ):
            manifest = restore_backup(database.engine, file, replace=replace)
        _show_manifest(manifest, "restored", as_json=as_json)
        warn_of_missing_users(settings_for(data_dir))


def _show_manifest(manifest: "Manifest", done: str, *, as_json: bool) -> None:
    """Print the contents of a backup."""
    from utils.codec import encode

    if as_json:
        typer.echo(encode(manifest).decode())
        return
    typer.echo(f"{manifest.rows:,} rows of {len(manifest.tables)} tables {done}")
    for name, trade_id in manifest.tape_ends.items():
        typer.echo(f"{name}: tape up to trade {trade_id}")


def warn_of_missing_users(settings: "Settings") -> None:
    """Print a warning if a directory's dashboard needs no login: a backup holds no users."""
    from dashboard.security.key_file import FILE_NAME
    from scripts.composition.authentication import key_file

    if key_file(settings).keys().users:
        return
    folder = settings.folders.data_dir
    typer.secho(
        f"The dashboard of {folder} needs no login: a backup holds no users, and "
        f"{folder / FILE_NAME} has none. Copy {FILE_NAME} from the old data directory, or add a "
        f"user: uv run truetape users add NAME --role operator --data-dir {folder}",
        err=True,
        fg="yellow",
    )
