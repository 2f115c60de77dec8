"""The embedded PostgreSQL: a service for the supervisor."""

import logging
import os
import shutil
import signal
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from database.embedded.cluster import CLUSTER_FOLDER, DATABASE, ROLE, ensure_cluster, fresh_folder
from database.embedded.service import EmbeddedService
from database.embedded.stale_servers import servers_in, set_aside_stale_pid_file, stop_all
from utils.files import open_private
from utils.supervision import RunningProcess

log = logging.getLogger("truetape.embedded")

# A file that reserves disk space, removed when the server cannot start for lack of space.
RESERVE_BYTES = 64 * 1024 * 1024
# Two segments of the server's own log; with less it cannot start.
_NEEDED_BYTES = 32 * 1024 * 1024
_PLENTY_BYTES = 4 * RESERVE_BYTES
_CHUNK = bytes(1024 * 1024)
_PROGRAM = "postgres"
_SOCKET = ".s.PGSQL.5432"
_ORPHAN_STOP_S = 30.0
_SESSION_QUIT_S = 2.0
_CONNECT_TIMEOUT_S = 2
# fsync and full_page_writes are on by default, and stay on.
_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    "log_checkpoints": "off",
    "cluster_name": "truetape",
}


@dataclass(frozen=True, kw_only=True)
class PostgresServer(EmbeddedService):
    """PostgreSQL in `<data_dir>/postgres`, on a private Unix socket. Recovery may take minutes."""

    name: str = "postgres"
    grace_s: float = 30.0
    ready_within_s: float = 600.0

    @property
    def url(self) -> str:
        """Return the SQLAlchemy URL of the platform's database."""
        host = quote(str(self.home.sockets), safe="/")
        return f"postgresql+psycopg2://{ROLE}@/{DATABASE}?host={host}"

    def launch(self) -> RunningProcess:
        data_dir = self.home.data_dir
        maintain_reserve(data_dir / "reserve", free_bytes=shutil.disk_usage(data_dir).free)
        folder = data_dir / CLUSTER_FOLDER
        self._clear(folder)
        ensure_cluster(self.home, folder)
        self.home.private_folder(folder.name)
        program = str(self.home.binaries.postgres)
        return self._start(
            [program, "-D", self.home.folder_access.of(folder), *self._options()],
            stop_signal=signal.SIGINT,
            quit_signal=signal.SIGQUIT,
        )

    def is_ready(self) -> bool:
        """Return whether a real query succeeds, as the platform's role, in its database."""
        try:
            connection = psycopg2.connect(
                host=str(self.home.sockets),
                user=ROLE,
                dbname=DATABASE,
                connect_timeout=_CONNECT_TIMEOUT_S,
            )
        except psycopg2.OperationalError:
            return False
        try:
            connection.cursor().execute("SELECT 1")
        except psycopg2.Error:
            return False
        finally:
            connection.close()
        return True

    def _options(self) -> list[str]:
        sockets = self.home.folder_access.of(self.home.sockets).replace('"', '""')
        settings = {**_SETTINGS, "unix_socket_directories": f'"{sockets}"'}
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _clear(self, folder: Path) -> None:
        """Remove what a crash left: this process owns the data directory, so nothing is in use."""
        unfinished = partial(servers_in, fresh_folder(folder), _PROGRAM)
        stop_all(unfinished, signal.SIGKILL, grace_s=0.0)
        stop_all(partial(_postmasters_in, folder), signal.SIGINT, grace_s=_ORPHAN_STOP_S)
        # Without their postmaster, sessions may go on and commit, and keep a new one from starting.
        sessions = partial(servers_in, folder, _PROGRAM)
        stop_all(sessions, signal.SIGQUIT, grace_s=_SESSION_QUIT_S)
        set_aside_stale_pid_file(folder / "postmaster.pid")
        for name in (_SOCKET, f"{_SOCKET}.lock"):
            (self.home.sockets / name).unlink(missing_ok=True)


def _postmasters_in(folder: Path) -> list[psutil.Process]:
    """Return the postmasters themselves; their sessions show another command line."""
    return [
        process
        for process in servers_in(folder, _PROGRAM)
        if "-D" in (process.info["cmdline"] or ())
    ]


def maintain_reserve(path: Path, *, free_bytes: int) -> None:
    """Create the reserve when there is plenty of space; remove it when there is none."""
    if path.exists() and free_bytes < _NEEDED_BYTES:
        path.unlink()
        log.critical(
            "disk full; reserve file deleted: free some space",
            extra={"folder": str(path.parent), "free_bytes": free_bytes},
        )
    elif not path.exists() and free_bytes > _PLENTY_BYTES:
        _fill(path)


def _fill(path: Path) -> None:
    """Write zeros: a sparse file would reserve no space."""
    fresh = path.with_name(f"{path.name}.new")
    with open(fresh, "wb", opener=open_private) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        else:
            for _ in range(RESERVE_BYTES // len(_CHUNK)):
                file.write(_CHUNK)
    fresh.replace(path)
