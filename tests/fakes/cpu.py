"""A CPU meter and processes that tests control."""

from multiprocessing.connection import Connection, Pipe

from utils.supervision import CpuMeter, CpuUsage, RunningProcess


class ManualCpuMeter(CpuMeter):
    """Processes use CPU time, and end, on request."""

    def __init__(self) -> None:
        self._usage: dict[int, CpuUsage] = {}
        self._ended: set[int] = set()

    def usage(self, pid: int) -> CpuUsage | None:
        return None if pid in self._ended else self._usage.get(pid, CpuUsage())

    def use(self, pid: int, used_s: float, *, starved_s: float = 0.0) -> None:
        """Make a process use CPU time, and be starved of it."""
        before = self._usage.get(pid, CpuUsage())
        self._usage[pid] = CpuUsage(before.used_s + used_s, before.starved_s + starved_s)

    def end(self, pid: int) -> None:
        """Make a process end."""
        self._ended.add(pid)


class ScriptedProcess(RunningProcess):
    """A worker played by the test, through the other end of its pipe."""

    def __init__(self, pid: int, pipe: Connection) -> None:
        self._pid = pid
        self.pipe = pipe
        self.killed = False

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def sentinel(self) -> int | None:
        return None

    def exit_code(self) -> int | None:
        return -9 if self.killed else None

    def stop(self) -> None:
        self.kill()

    def kill(self) -> None:
        if not self.killed:
            self.killed = True
            self.pipe.close()


class ScriptedProcesses:
    """Launches scripted processes; each sends hello at once, unless it ends at once."""

    def __init__(self) -> None:
        self.ends_at_once = False
        self.launched: list[ScriptedProcess] = []

    @property
    def alive(self) -> list[ScriptedProcess]:
        """Return those that were not killed, oldest first."""
        return [process for process in self.launched if not process.killed]

    def launch(self) -> tuple[RunningProcess, Connection]:
        """Launch one, as `launch_piped` does."""
        ours, theirs = Pipe()
        process = ScriptedProcess(len(self.launched) + 1, theirs)
        self.launched.append(process)
        if self.ends_at_once:
            process.kill()
        else:
            theirs.send(None)
        return process, ours
