"""What both embedded servers share: their start, and their own log file.

The log is rotated at each start, and quoted when the server crashes.
"""

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from database.embedded.home import ServerHome
from database.embedded.process import SERVER_RESTART, ServerProcess
from utils.supervision import RestartPolicy, RunningProcess, Service

_MAX_BYTES = 5_000_000
_TAIL_BYTES = 4_000
_TAIL_LINES = 12


@dataclass(frozen=True, kw_only=True)
class EmbeddedService(Service):
    """A server in an owned data directory, for the supervisor."""

    home: ServerHome
    restart: RestartPolicy = SERVER_RESTART

    def log_tail(self) -> str:
        return last_lines(self._log)

    @property
    def _log(self) -> Path:
        return self.home.log_file(self.name)

    def _start(
        self, program: Sequence[str], *, stop_signal: signal.Signals, quit_signal: signal.Signals
    ) -> RunningProcess:
        """Start the program; it receives `stop_signal` also when the calling thread ends."""
        keep_small(self._log)
        popen = self.home.launcher.start(program, death_signal=stop_signal, log=self._log)
        return ServerProcess(popen, stop_signal=stop_signal, quit_signal=quit_signal)


def keep_small(path: Path) -> None:
    """Rotate a large log, replacing the previous one."""
    if path.exists() and path.stat().st_size > _MAX_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))


def last_lines(path: Path) -> str:
    """Return the last lines of a log; empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-_TAIL_LINES:])
