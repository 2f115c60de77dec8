"""The interfaces of a supervisor: services to launch, processes to stop or kill, restart policy."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from utils.errors import TruetapeError

# sysexits.h: the configuration is wrong, so a restart does not help.
EXIT_CONFIG = 78


class ProcessGaveUp(TruetapeError):
    """A process crashed too often, or exited because its configuration is wrong."""

    def __init__(self, name: str, *, crashes: int, exit_code: int | None, log_tail: str) -> None:
        self.name = name
        self.exit_code = exit_code
        suffix = f"; end of its log:\n{log_tail}" if log_tail else "; see its log"
        times = "time" if crashes == 1 else "times"
        super().__init__(f"{name} crashed {crashes} {times} (last exit code {exit_code}){suffix}")


class ProcessNotReady(TruetapeError):
    """A process runs but does not become ready."""

    def __init__(self, name: str, *, waited_s: float, log_tail: str) -> None:
        self.name = name
        suffix = f"; end of its log:\n{log_tail}" if log_tail else "; see its log"
        super().__init__(f"{name} was not ready within {waited_s:.0f} s{suffix}")


class StopRequested(TruetapeError):
    """A stop was requested while processes were still starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """Restart after jittered delays from `first_s` to `cap_s`; give up after too many crashes.

    Too many: more than `max_crashes` within `within_s` seconds. A service that was given up is
    tried again every `retry_s` seconds and the others keep running; None: the service is
    indispensable, so the supervisor ends with ProcessGaveUp or ProcessNotReady.
    """

    first_s: float = 0.5
    cap_s: float = 15.0
    max_crashes: int = 10
    within_s: float = 300.0
    retry_s: float | None = None


class ProcessState(StrEnum):
    """STARTING: launched, not ready. WAITING: ended, to be restarted. FAILED: given up for now."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStatus:
    """One process as its supervisor sees it; `since` is when it entered its state (UTC)."""

    name: str
    state: ProcessState
    since: datetime
    pid: int | None = None
    restarts: int = 0
    last_exit_code: int | None = None


class RunningProcess(ABC):
    """A handle on one launched process, until it ends."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """Return its process id."""

    @property
    @abstractmethod
    def sentinel(self) -> int | None:
        """Return a file descriptor that becomes readable when it ends; None: poll it."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """Return its exit code and reap it (-n: ended by signal n); None while it runs."""

    @abstractmethod
    def stop(self) -> None:
        """Request it to stop; returns at once. Does nothing if it has ended."""

    @abstractmethod
    def kill(self) -> None:
        """Kill it. Does nothing if it has ended."""


@dataclass(frozen=True, kw_only=True)
class Service(ABC):
    """A process to keep running: how it is launched, when it is ready, how it is restarted.

    `name` is unique in one supervisor. It has `ready_within_s` to become ready, and `grace_s` to
    stop before it is killed.
    """

    name: str
    restart: RestartPolicy = field(default_factory=RestartPolicy)
    grace_s: float = 10.0
    ready_within_s: float = 60.0

    @abstractmethod
    def launch(self) -> RunningProcess:
        """Launch it, after removing what a crash left behind. Raises TruetapeError."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Return whether it is ready; called repeatedly until it is."""

    def log_tail(self) -> str:
        """Return the last lines of its own log, for the error when it is given up."""
        return ""
