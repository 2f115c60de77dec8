"""Restore a back-up into a database that nobody uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from config import Settings, load_settings
from database import open_database
from database.embedded import AlreadyRunning, embedded_servers
from database.restore import BackupUnusable, read_manifest, restore_backup
from scripts.access import DataDir
from scripts.backup import show
from scripts.exits import plain_failures
from scripts.file_options import AsJson
from scripts.wiring import database_url

_EXAMPLE = "Example: uv run scripts/restore.py truetape.zip --data-dir var/restored"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    file: Annotated[Path, typer.Argument(help="What backup.py wrote.", exists=True)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop everything that is in the database before.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Fill a database from a back-up, all of it or nothing."""
    with plain_failures():
        read_manifest(file)
        with _unused(load_settings(), data_dir) as url:
            database = open_database(url, pool_size=1)
            try:
                manifest = restore_backup(database.engine, file, replace=replace)
            finally:
                database.close()
    show(manifest, "restored", as_json=as_json)


@contextmanager
def _unused(settings: Settings, data_dir: Path | None) -> Iterator[str]:
    """Yield the URL of DATABASE_URL, or of a directory's own server, where no platform runs."""
    if data_dir is None and settings.database.url is not None:
        yield database_url(settings)
        return
    try:
        with embedded_servers(data_dir or settings.folders.data_dir) as servers:
            yield servers.database_url
    except AlreadyRunning as error:
        raise BackupUnusable(f"the platform is {error}; stop it before restoring") from error


if __name__ == "__main__":
    app()
