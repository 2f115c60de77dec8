"""The contract of CPU meters: the fake and the operating system's."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.fakes.cpu import ManualCpuMeter
from utils.supervision import CpuMeter, CpuUsage, ProcessCpuMeter

# On request it works in a thread and in a child of its own, then waits.
_WORKER = """
import subprocess, sys, threading
SPIN = "import time\\nend = time.process_time() + 0.1\\nwhile time.process_time() < end: pass"
input()
thread = threading.Thread(target=exec, args=(SPIN,))
thread.start(); thread.join()
child = subprocess.Popen([sys.executable, "-S", "-c", SPIN + "\\nprint(1, flush=True)\\ninput()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print("worked", flush=True)
input()
"""


@dataclass
class Metered:
    """A meter and a process that works `used_s` or ends on request."""

    meter: CpuMeter
    pid: int
    work: Callable[[], object]
    end: Callable[[], object]
    used_s: float


@pytest.fixture(params=["fake", "system"])
def metered(request: pytest.FixtureRequest) -> Iterator[Metered]:
    if request.param == "fake":
        fake = ManualCpuMeter()
        yield Metered(fake, 1, lambda: fake.use(1, 0.6), lambda: fake.end(1), 0.6)
        return
    with subprocess.Popen(
        [sys.executable, "-S", "-c", _WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def end() -> None:
            process.kill()
            process.wait()

        def work() -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()

        yield Metered(ProcessCpuMeter(), process.pid, work, end, 0.18)
        end()


def test_threads_and_running_children_count_until_the_process_ends(metered: Metered) -> None:
    before = metered.meter.usage(metered.pid)
    assert before is not None
    metered.work()
    after = metered.meter.usage(metered.pid)
    assert after is not None
    assert after.used_s - before.used_s >= metered.used_s
    assert after.starved_s >= before.starved_s
    metered.end()
    assert metered.meter.usage(metered.pid) is None


def test_what_waits_uses_nothing(metered: Metered) -> None:
    metered.work()
    before = metered.meter.usage(metered.pid)
    time.sleep(0.02)
    after = metered.meter.usage(metered.pid)
    assert isinstance(before, CpuUsage)
    assert isinstance(after, CpuUsage)
    assert after.used_s - before.used_s <= 0.02
