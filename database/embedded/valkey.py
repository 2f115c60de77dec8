"""The embedded Valkey, a Redis-compatible server: a service for the supervisor."""

import signal
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from database.embedded.service import EmbeddedService
from database.embedded.stale_servers import servers_in, stop_all
from utils.supervision import RunningProcess

_PROGRAM = "valkey-server"
_SOCKET = "valkey.sock"
_ORPHAN_STOP_S = 5.0
_ANSWER_TIMEOUT_S = 1.0
# Carries wake-ups only: no persistence, and a subscriber that stops reading is dropped early.
_SETTINGS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--save": "",
    "--appendonly": "no",
    "--maxmemory": "128mb",
    "--maxmemory-policy": "noeviction",
    "--client-output-buffer-limit": "pubsub 8mb 2mb 10",
}


@dataclass(frozen=True, kw_only=True)
class ValkeyServer(EmbeddedService):
    """Valkey on a private Unix socket, without persistence."""

    name: str = "valkey"
    grace_s: float = 10.0
    ready_within_s: float = 30.0

    @property
    def url(self) -> str:
        """Return the URL for Redis clients."""
        return f"unix://{quote(str(self._socket), safe='/')}?db=0"

    def launch(self) -> RunningProcess:
        folder = self.home.private_folder("valkey")
        # A second server would take over the socket and leave the first one running.
        stop_all(partial(servers_in, folder, _PROGRAM), signal.SIGTERM, grace_s=_ORPHAN_STOP_S)
        sockets = self.home.folder_access.of(self.home.sockets)
        paths = {
            "--dir": self.home.folder_access.of(folder),
            "--unixsocket": f"{sockets}/{_SOCKET}",
        }
        options = [word for option in {**_SETTINGS, **paths}.items() for word in option]
        return self._start(
            [str(self.home.binaries.valkey), *options],
            stop_signal=signal.SIGTERM,
            quit_signal=signal.SIGKILL,
        )

    def is_ready(self) -> bool:
        """Return whether it responds to a PING."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    @property
    def _socket(self) -> Path:
        return self.home.sockets / _SOCKET
