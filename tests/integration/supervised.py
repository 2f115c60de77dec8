"""Functions that the supervision tests run in processes of their own."""

import os
import signal
import sys
import time
from pathlib import Path

from utils.clock import SystemClock
from utils.errors import ConfigError
from utils.supervision import ProcessSpec, RestartPolicy, Supervisor


def note(folder: Path, name: str) -> None:
    """Write a file with this process's id."""
    fresh = folder / f".{name}.{os.getpid()}"
    fresh.write_text(str(os.getpid()))
    fresh.replace(folder / name)


def stop_on_request(folder: Path, name: str) -> None:
    """Run until requested to stop, then write a note."""
    note(folder, name)
    try:
        while True:
            time.sleep(60)
    finally:
        note(folder, f"{name}-stopped")


def ignore_sigterm(folder: Path, name: str) -> None:
    """Run and ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(folder, name)
    while True:
        time.sleep(60)


def crash() -> None:
    """Fail at once."""
    raise LookupError("crashed on purpose")


def misconfigured() -> None:
    """Fail in a way that no restart repairs."""
    raise ConfigError("COLOUR", problem="must be green, was blue")


def manage(folder: Path) -> None:
    """Be a supervisor inside a supervised process, as a manager of collectors is."""
    note(folder, "manager")
    supervisor = Supervisor(clock=SystemClock())
    with supervisor.stopping_on(signal.SIGTERM), supervisor:
        supervisor.start(
            ProcessSpec(name="worker", target=stop_on_request, args=(folder, "worker"))
        )
        supervisor.run()


def be_main(folder: Path) -> None:
    """Be the process at the top: a manager with a worker, and a process beside it."""
    supervisor = Supervisor(clock=SystemClock())
    with supervisor.stopping_on(signal.SIGINT, signal.SIGTERM), supervisor:
        supervisor.start(
            ProcessSpec(name="manager", target=manage, args=(folder,)),
            ProcessSpec(
                name="beside",
                target=stop_on_request,
                args=(folder, "beside"),
                restart=RestartPolicy(first_s=0.05),
            ),
        )
        supervisor.run()


if __name__ == "__main__":
    be_main(Path(sys.argv[1]))
