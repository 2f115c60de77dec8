"""Create a PostgreSQL cluster with the platform's role and database, atomically."""

import logging
import os
import shutil
import subprocess
from pathlib import Path

from database.embedded.account import make_private_folder
from database.embedded.binaries import POSTGRES_MAJOR
from database.embedded.errors import DataDirUnusable, EmbeddedError
from database.embedded.home import ServerHome

log = logging.getLogger("truetape.embedded")

ROLE = DATABASE = "truetape"
CLUSTER_FOLDER = "postgres"
_MARKER = "PG_VERSION"
_SUPERUSER = "postgres"
_INITDB_OPTIONS = (
    f"--username={_SUPERUSER}",
    # The private folder of the sockets is the authentication; there is no network port.
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--set=timezone=UTC",
    "--set=log_timezone=UTC",
)
# The platform's role owns its database, may create scratch databases, and is no superuser.
_FIRST_STATEMENTS = f"""\
CREATE ROLE {ROLE} LOGIN CREATEDB;
CREATE DATABASE {DATABASE} OWNER {ROLE};
"""


def fresh_folder(folder: Path) -> Path:
    """Return the temporary folder of a cluster that is moved to `folder` when complete."""
    return folder.with_name(f"{folder.name}.new")


def has_cluster(data_dir: Path) -> bool:
    """Return whether a data directory holds a database."""
    return (data_dir.expanduser() / CLUSTER_FOLDER / _MARKER).is_file()


def ensure_cluster(home: ServerHome, folder: Path) -> None:
    """Create a cluster in `folder` if there is none. Raises DataDirUnusable, EmbeddedError."""
    marker = folder / _MARKER
    if not folder.exists() or not any(folder.iterdir()):
        _make(home, folder)
    elif not marker.exists():
        raise DataDirUnusable(
            folder,
            problem="is not a PostgreSQL cluster (PG_VERSION is missing)",
            remedy="restore it from a copy, or move it away to create a new one",
        )
    elif (found := marker.read_text().strip()) != POSTGRES_MAJOR:
        raise DataDirUnusable(
            folder,
            problem=f"was created by PostgreSQL {found}, the server is {POSTGRES_MAJOR}",
            remedy="dump it with the old version and restore it into a new data directory",
        )


def _make(home: ServerHome, folder: Path) -> None:
    fresh = fresh_folder(folder)
    shutil.rmtree(fresh, ignore_errors=True)
    make_private_folder(fresh, home.account)
    seen = home.folder_access.of(fresh)
    try:
        home.launcher.run([str(home.binaries.initdb), "-D", seen, *_INITDB_OPTIONS])
        output = home.launcher.run(
            [str(home.binaries.postgres), "--single", "-D", seen, _SUPERUSER],
            stdin_text=_FIRST_STATEMENTS,
        )
    except subprocess.CalledProcessError as error:
        raise EmbeddedError(
            f"{folder}: the cluster could not be created:\n{error.stdout}"
        ) from error
    finally:
        home.folder_access.release(fresh)
    if "ERROR:" in output:
        raise EmbeddedError(f"{folder}: the database could not be created:\n{output}")
    _move(fresh, folder)
    log.info("cluster created", extra={"folder": str(folder), "postgres": POSTGRES_MAJOR})


def _move(fresh: Path, folder: Path) -> None:
    """Move a complete cluster to its place, and sync it to disk."""
    fresh.replace(folder)
    parent = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(parent)
    finally:
        os.close(parent)
