"""Clean up after a crash: servers that still run, and files that would block a new one."""

import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil

log = logging.getLogger("truetape.embedded")

_KILL_WAIT_S = 5.0
_POLL_INTERVAL_S = 0.05


def servers_in(folder: Path, program: str) -> list[psutil.Process]:
    """Return the processes of a program that work in a folder, whatever started them."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd", "cmdline"], ad_value=None)
        if process.info["name"] == program and process.info["cwd"] == str(folder)
    ]


def stop_all(
    find: Callable[[], list[psutil.Process]], stop_signal: signal.Signals, *, grace_s: float
) -> None:
    """Request every found process to stop, then kill those that remain."""
    for process in find():
        log.warning(
            "stale server stopped", extra={"server": process.info["name"], "left_pid": process.pid}
        )
        _send(process, stop_signal)
    _wait_until(lambda: not find(), grace_s)
    if remaining := find():
        for process in remaining:
            _send(process, signal.SIGKILL)
        _wait_until(lambda: not find(), _KILL_WAIT_S)


def _wait_until(done: Callable[[], bool], within_s: float) -> None:
    until_s = time.monotonic() + within_s
    while not done() and time.monotonic() < until_s:
        time.sleep(_POLL_INTERVAL_S)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def set_aside_stale_pid_file(pid_file: Path) -> None:
    """Rename a pid file that would keep the server from starting though no server is running.

    A server starts over the file of a dead process, but not over one that is empty or garbled, or
    whose pid exists: an unrelated process with the same number, or a zombie that is not reaped yet.
    """
    if not pid_file.exists():
        return
    problem = problem_of(pid_file.read_text(errors="replace"), psutil.pid_exists)
    if problem is not None:
        aside = pid_file.with_name(f"{pid_file.name}.aside")
        pid_file.replace(aside)
        log.warning("stale pid file renamed", extra={"problem": problem, "file": str(aside)})


def problem_of(text: str, exists: Callable[[int], bool]) -> str | None:
    """Return why a pid file is misleading while no embedded server runs; None if it is not."""
    first_line = text.partition("\n")[0].strip()
    if not first_line:
        return "empty"
    if not (first_line.isascii() and first_line.isdigit()):
        return "garbled"
    if exists(int(first_line)):
        return f"process {first_line} belongs to another program"
    return None
