"""Lower the priority of this process."""

import errno
import os
import sys
import time
from pathlib import Path

BACKGROUND = 10
LOWEST = 19

_AUTOGROUP = Path("/proc/self/autogroup")
# The kernel accepts one change per tenth of a second from all processes without root.
_TRIES, _PAUSE_S = 10, 0.15


def lower_priority(niceness: int) -> None:
    """Lower the priority of this process by `niceness` from 1 to 19. Does nothing on Windows.

    Linux may schedule sessions first and use niceness only within one (sched(7), autogroup), and
    every process of the platform has a session: so the session's priority is lowered, too. A
    session started by another process, such as a terminal, is left unchanged.
    """
    if sys.platform == "win32":
        return
    os.nice(niceness)
    if os.getsid(0) == os.getpid() and _AUTOGROUP.exists():
        _lower_session_priority(niceness)


def _lower_session_priority(niceness: int) -> None:
    for _ in range(_TRIES):
        try:
            _AUTOGROUP.write_text(str(niceness))
        except OSError as error:
            if error.errno != errno.EAGAIN:
                return
            time.sleep(_PAUSE_S)
        else:
            return
