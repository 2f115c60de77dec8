"""Let everything else on the machine go first."""

import errno
import os
import sys
import time
from pathlib import Path

BACKGROUND = 10
LOWEST = 19

_AUTOGROUP = Path("/proc/self/autogroup")
# The kernel takes one change in a tenth of a second from all who are not root.
_TRIES, _PAUSE_S = 10, 0.15


def lower_priority(niceness: int) -> None:
    """Run this process behind others, by `niceness` from 1 to 19. Nothing happens on Windows.

    Linux may share the processors out by session first and by niceness only within one
    (sched(7), autogroup), and every process of ours has a session: so that counts less, too. A
    session that somebody else began, such as a terminal's, is left as it is.
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
