"""Start a server's program so that it never outlives this process, and control it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from database.embedded.account import ServerAccount
from database.embedded.folder_access import FolderAccess
from utils.files import open_private
from utils.supervision import RestartPolicy, RunningProcess

# The fifth crash within a minute is one too many.
SERVER_RESTART = RestartPolicy(first_s=0.2, cap_s=5.0, max_crashes=4, within_s=60.0)

LaunchMode = Literal["become", "supervise"]

_SHIM = Path(__file__).with_name("shim.py")
_SERVERS: LaunchMode = "become" if sys.platform == "linux" else "supervise"
# A server inherits none of this environment: no secrets, no unusual locale.
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
_QUIT_WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts programs under an account, with the folders it may use."""

    account: ServerAccount | None
    folder_access: FolderAccess
    mode: LaunchMode = _SERVERS

    def start(
        self, program: Sequence[str], *, death_signal: signal.Signals, log: Path
    ) -> "subprocess.Popen[bytes]":
        """Start a server; when the calling thread ends, it receives `death_signal`."""
        with open(log, "ab", opener=open_private) as output:
            return subprocess.Popen(
                [*self._shim(self.mode, death_signal), *program],
                stdin=subprocess.PIPE if self.mode == "supervise" else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_ENVIRONMENT,
                cwd="/",
                pass_fds=self.folder_access.descriptors,
                # A Ctrl+C at the terminal must reach main only.
                start_new_session=True,
            )

    def run(self, program: Sequence[str], *, stdin_text: str = "") -> str:
        """Run a program to its end and return its output. Raises CalledProcessError."""
        return subprocess.run(
            [*self._shim("become", signal.SIGKILL), *program],
            input=stdin_text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_ENVIRONMENT,
            cwd="/",
            pass_fds=self.folder_access.descriptors,
            start_new_session=True,
            check=True,
            encoding="utf-8",
            errors="replace",
        ).stdout

    def _shim(self, mode: LaunchMode, death_signal: signal.Signals) -> list[str]:
        uid, gid = (self.account.uid, self.account.gid) if self.account else (-1, -1)
        numbers = (os.getpid(), death_signal.value, uid, gid)
        return [sys.executable, "-I", "-S", str(_SHIM), mode, *map(str, numbers)]


class ServerProcess(RunningProcess):
    """A started server: `stop_signal` requests a stop; `quit_signal`, then SIGKILL, force it."""

    def __init__(
        self,
        popen: "subprocess.Popen[bytes]",
        *,
        stop_signal: signal.Signals,
        quit_signal: signal.Signals,
    ) -> None:
        self._popen = popen
        self._stop_signal = stop_signal
        self._quit_signal = quit_signal

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def sentinel(self) -> None:
        return None

    def exit_code(self) -> int | None:
        code = self._popen.poll()
        if code is not None and self._popen.stdin is not None:
            self._popen.stdin.close()
        return code

    def stop(self) -> None:
        self._popen.send_signal(self._stop_signal)

    def kill(self) -> None:
        self._popen.send_signal(self._quit_signal)
        try:
            self._popen.wait(_QUIT_WAIT_S)
        except subprocess.TimeoutExpired:
            self._kill_tree()

    def _kill_tree(self) -> None:
        try:
            tree = psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            tree = []
        self._popen.kill()
        for process in tree:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
