"""Spawn Python child processes that ignore Ctrl+C and never outlive their parent.

By default a spawned process runs its parent's main module again, up to `if __name__ == ...`: slow
for a command with many imports, and before the target has chosen the cache of compiled code. So a
child here imports it only if its target needs it.
"""

import ctypes
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from types import FrameType
from typing import Any

from utils.compiled_cache import use_compiled_cache
from utils.errors import ConfigError
from utils.priority import lower_priority
from utils.supervision.ports import EXIT_CONFIG, RunningProcess, Service, StopRequested

log = logging.getLogger("truetape.supervision")

EXIT_FAILED = 1
EXIT_ORPHANED = 70
_PR_SET_PDEATHSIG = 1
_BLOCKED_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_MAIN_NAMES = (b"__main__", b"__mp_main__")
_starting = threading.Lock()


def always_ready() -> bool:
    """Treat a process as ready as soon as it is launched."""
    return True


@dataclass(frozen=True, kw_only=True)
class ProcessSpec(Service):
    """A Python function to run in a process of its own: `target(*args)`, all picklable.

    The target configures its own logging and opens its own connections. On SIGTERM SystemExit(0)
    is raised in its main thread, unless it sets a handler of its own; a ConfigError is not
    retried. `ready_when` is called in the supervisor's process. Launch it from a thread that
    outlives it: the kernel ends it with that thread. `pipes` lead to it, passed to the
    target after `args`; the launcher closes its own copies of them. `niceness` lowers the priority
    of the process before the target is imported. `environment` is added to the one that this and
    all later children of this process inherit.
    """

    target: Callable[..., None]
    args: tuple[Any, ...] = ()
    pipes: tuple[Connection, ...] = ()
    niceness: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_when: Callable[[], bool] = always_ready

    def launch(self) -> RunningProcess:
        # Pickled here, so that the target is imported only after the child is set up.
        target = pickle.dumps((self.target, self.args))
        process = _context_for(target).Process(
            target=_run,
            args=(self.niceness, target, *self.pipes),
            name=self.name,
        )
        for name, value in self.environment.items():
            # Set before the start: a library that reads it at import would not see a later change.
            os.putenv(name, value)
        with _block_signals():
            process.start()
        return _Spawned(process)

    def is_ready(self) -> bool:
        return self.ready_when()


def launch_piped(
    name: str,
    target: Callable[..., None],
    args: tuple[Any, ...],
    *,
    niceness: int = 0,
    environment: Mapping[str, str] | None = None,
) -> tuple[RunningProcess, Connection]:
    """Launch `target(*args, pipe)` like ProcessSpec; return it with this end of the pipe."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    with theirs:
        spec = ProcessSpec(
            name=name,
            target=target,
            args=args,
            pipes=(theirs,),
            niceness=niceness,
            environment=environment or {},
        )
        return spec.launch(), ours


class _ProcessWithoutMain(SpawnProcess):
    def start(self) -> None:
        main: dict[str, Any] = vars(sys.modules["__main__"])
        with _starting:
            named: dict[str, Any] = {name: main.get(name) for name in ("__spec__", "__file__")}
            main.update(dict.fromkeys(named))
            try:
                super().start()
            finally:
                main.update(named)


class ContextWithoutMain(SpawnContext):
    """Spawns processes whose targets and arguments are importable without the main module."""

    Process = _ProcessWithoutMain


def _context_for(pickled: bytes) -> SpawnContext:
    """Return the spawn context; it imports the main module only if the pickled target needs it."""
    requires_main = any(name in pickled for name in _MAIN_NAMES)
    return multiprocessing.get_context("spawn") if requires_main else ContextWithoutMain()


class _Spawned(RunningProcess):
    def __init__(self, process: SpawnProcess) -> None:
        self._process = process
        self._pid = process.pid or 0

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def sentinel(self) -> int:
        return self._process.sentinel

    def exit_code(self) -> int | None:
        return self._process.exitcode

    def stop(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


@contextmanager
def _block_signals() -> Iterator[None]:
    """Block SIGINT and SIGTERM; a child inherits the mask and unblocks them once it is set up."""
    if sys.platform == "win32":
        yield
        return
    # Started first: its first start would unblock the signals in between.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _run(niceness: int, target_and_args: bytes, *pipes: Connection) -> None:
    """Run the child: handle SIGTERM only, exit with the parent, run the target, return a code."""
    _prepare_signals()
    exit_with_parent()
    if niceness:
        lower_priority(niceness)
    try:
        target, args = pickle.loads(target_and_args)
        target(*args, *pipes)
    except Exception as error:  # noqa: BLE001 the outermost loop of this process
        sys.exit(_failure(error))


def _failure(error: Exception) -> int:
    """Log why the target ended, and return its exit code."""
    if isinstance(error, StopRequested):
        return 0
    if isinstance(error, ConfigError):
        log.critical("process not started", extra={"problem": str(error)})
        return EXIT_CONFIG
    log.critical("process failed", exc_info=error)
    return EXIT_FAILED


def _prepare_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform != "win32":
        # A session of its own: a Ctrl+C at the terminal reaches main only.
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED_SIGNALS)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def begin_worker(compiled: Path) -> None:
    """Prepare this process as a worker of a pool; keep its compiled code below `compiled`.

    As a child of ProcessSpec it ignores Ctrl+C and ends with its parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with_parent()
    use_compiled_cache(compiled)


def exit_with_parent() -> None:
    """Exit at once when the parent ends: recovery happens at the next start."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # On all systems: also detects a parent that ended before the line above.
    threading.Thread(
        target=end_after, args=(parent.join, os._exit), name="guard", daemon=True
    ).start()


def end_after(parent_exit: Callable[[], object], leave: Callable[[int], object]) -> None:
    """Wait for the parent's end, then exit immediately."""
    parent_exit()
    leave(EXIT_ORPHANED)
