"""The report of a backup, and the warning after a restoration."""

import typer

from config import Settings
from dashboard.security.key_file import FILE_NAME
from database.backups.backup import Manifest
from scripts.composition.authentication import key_file
from utils.codec import encode


def show_manifest(manifest: Manifest, done: str, *, as_json: bool) -> None:
    """Print the contents of a backup."""
    if as_json:
        typer.echo(encode(manifest).decode())
        return
    typer.echo(f"{manifest.rows:,} rows of {len(manifest.tables)} tables {done}")
    for name, trade_id in manifest.tape_ends.items():
        typer.echo(f"{name}: tape up to trade {trade_id}")


def warn_of_missing_users(settings: Settings) -> None:
    """Print a warning if a directory's dashboard needs no login: a backup holds no users."""
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
