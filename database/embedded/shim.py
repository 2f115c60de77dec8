"""A launcher between this process and a server: drops rights, ends the server with this process.

python -I -S shim.py {become|supervise} PARENT_PID DEATH_SIGNAL UID GID PROGRAM [ARGUMENT..]

`exec_program` becomes the program; on Linux the kernel signals it when the launching thread ends.
`run_as_child` (on other systems) stays beside it and signals it when its standard input ends,
a pipe that only the launcher holds. Imports no package of the platform: it starts in 20 ms.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

_PR_SET_PDEATHSIG = 1


def exec_program(parent_pid: int, death_signal: int, program: list[str]) -> None:
    if sys.platform == "linux":
        # After the change of user, which would clear it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent_pid:
        sys.exit(1)
    os.execv(program[0], program)


def run_as_child(death_signal: int, program: list[str]) -> None:
    # Inherited open folders are passed on.
    server = subprocess.Popen(program, stdin=subprocess.DEVNULL, close_fds=False)
    for passed_on in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(passed_on, lambda number, _: server.send_signal(number))
    threading.Thread(target=_follow_parent, args=(server, death_signal), daemon=True).start()
    exit_code = server.wait()
    sys.exit(exit_code if exit_code >= 0 else 128 - exit_code)


def _follow_parent(server: subprocess.Popen[bytes], death_signal: int) -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    server.send_signal(death_signal)


def _drop_rights(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main() -> None:
    mode, (parent_pid, death_signal, uid, gid) = sys.argv[1], map(int, sys.argv[2:6])
    program = sys.argv[6:]
    os.umask(0o077)
    if os.geteuid() == 0:
        _drop_rights(uid, gid)
    if mode == "become":
        exec_program(parent_pid, death_signal, program)
    else:
        run_as_child(death_signal, program)


if __name__ == "__main__":
    main()
