"""Wait for conditions and processes, also while a supervisor runs."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

from utils.supervision import Supervisor

Answer = TypeVar("Answer")


def eventually(
    condition: Callable[[], Answer], *, within_s: float = 30.0, every_s: float = 0.04
) -> Answer:
    """Wait until the answer is true, and return it."""
    until_s = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < until_s, "waited in vain"
        time.sleep(every_s)
    return answer


def gone(*pids: int) -> bool:
    """Return whether none of these processes runs; a zombie does not."""
    for pid in pids:
        try:
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                return False
        except psutil.NoSuchProcess:
            continue
    return True


def during(supervisor: Supervisor, scenario: Callable[[], object]) -> None:
    """Call a function while the supervisor runs in this thread, then stop it."""
    failures: list[BaseException] = []

    def play() -> None:
        try:
            scenario()
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)
        finally:
            supervisor.request_stop()

    player = threading.Thread(target=play)
    player.start()
    supervisor.run()
    player.join()
    if failures:
        raise failures[0]
