"""The supervisor with real processes: nothing survives it, and it survives everything."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import supervised
from tests.integration.waits import during, eventually, gone
from utils.clock import SystemClock
from utils.priority import BACKGROUND
from utils.supervision import ProcessGaveUp, ProcessSpec, ProcessState, RestartPolicy, Supervisor

ROOT = Path(__file__).parents[2]
QUICK = RestartPolicy(first_s=0.02, cap_s=0.05, max_crashes=2, within_s=60.0)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    with Supervisor(clock=SystemClock()) as supervisor:
        yield supervisor


def pid_in(folder: Path, name: str) -> int:
    """Return the id that a process has left, once it has."""
    eventually((folder / name).exists)
    return int((folder / name).read_text())


def spec(folder: Path, name: str, *, niceness: int = 0) -> ProcessSpec:
    return ProcessSpec(
        name=name,
        target=supervised.stop_on_request,
        args=(folder, name),
        restart=QUICK,
        niceness=niceness,
    )


def test_a_killed_process_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(spec(tmp_path, "worker"))
    first = pid_in(tmp_path, "worker")

    def kill() -> None:
        os.kill(first, signal.SIGKILL)
        eventually(lambda: pid_in(tmp_path, "worker") != first)

    during(supervisor, kill)
    (status,) = supervisor.statuses()
    assert (status.restarts, status.last_exit_code) == (1, -signal.SIGKILL)


def test_a_stopped_process_may_finish_and_ends_with_zero(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(spec(tmp_path, "worker"))
    pid = pid_in(tmp_path, "worker")
    supervisor.stop()
    (status,) = supervisor.statuses()
    assert (status.state, status.last_exit_code) == (ProcessState.STOPPED, 0)
    assert (tmp_path / "worker-stopped").exists()
    assert gone(pid)


def test_a_process_stopped_before_it_could_begin_ends_with_zero(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(spec(tmp_path, "worker"))
    supervisor.stop()
    assert supervisor.statuses()[0].last_exit_code == 0


def test_a_process_that_ignores_the_request_is_forced(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(
        ProcessSpec(
            name="deaf", target=supervised.ignore_sigterm, args=(tmp_path, "deaf"), grace_s=0.2
        )
    )
    pid = pid_in(tmp_path, "deaf")
    supervisor.stop()
    assert supervisor.statuses()[0].last_exit_code == -signal.SIGKILL
    assert gone(pid)


def test_ctrl_c_does_not_reach_a_child(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(spec(tmp_path, "worker"))
    pid = pid_in(tmp_path, "worker")
    os.kill(pid, signal.SIGINT)
    assert os.getsid(pid) == pid
    time.sleep(0.2)
    assert not gone(pid)


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this system shares nothing out by session"
)
def test_a_process_that_steps_back_takes_its_session_along(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(spec(tmp_path, "worker", niceness=BACKGROUND))
    pid = pid_in(tmp_path, "worker")
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + BACKGROUND
    assert Path(f"/proc/{pid}/autogroup").read_text().endswith(f"nice {BACKGROUND}\n")


def test_a_process_in_the_session_of_another_leaves_that_as_it_is() -> None:
    session = Path("/proc/self/autogroup")
    before = session.read_text() if session.exists() else None
    step = [sys.executable, "-c", "from utils.priority import lower_priority; lower_priority(1)"]
    subprocess.run(step, check=True)
    assert (session.read_text() if session.exists() else None) == before


def start_and_run(supervisor: Supervisor, spec: ProcessSpec) -> None:
    """Start and watch a process, which may end before the supervisor's first poll of it."""
    supervisor.start(spec)
    supervisor.run()


def test_a_process_that_keeps_failing_is_given_up(supervisor: Supervisor) -> None:
    crasher = ProcessSpec(name="crasher", target=supervised.crash, restart=QUICK)
    with pytest.raises(ProcessGaveUp, match=r"crasher crashed 3 times \(last exit code 1\)"):
        start_and_run(supervisor, crasher)


def test_a_wrong_configuration_is_given_up_at_once(supervisor: Supervisor) -> None:
    painter = ProcessSpec(name="painter", target=supervised.misconfigured)
    with pytest.raises(ProcessGaveUp, match=r"painter crashed 1 time \(last exit code 78\)"):
        start_and_run(supervisor, painter)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Yield a main with its manager, the manager's worker and a process beside."""
    main = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.supervised", str(tmp_path)],
        start_new_session=True,
    )
    try:
        yield main, [pid_in(tmp_path, name) for name in ("manager", "beside", "worker")]
    finally:
        main.kill()
        main.wait()


def test_nothing_outlives_a_killed_main(tree: tuple[subprocess.Popen[bytes], list[int]]) -> None:
    main, pids = tree
    main.kill()
    eventually(lambda: gone(*pids), within_s=10.0)


def test_nothing_below_outlives_a_killed_manager(
    tree: tuple[subprocess.Popen[bytes], list[int]],
) -> None:
    _, (manager, beside, worker) = tree
    os.kill(manager, signal.SIGKILL)
    eventually(lambda: gone(worker), within_s=10.0)
    assert not gone(beside)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_request_to_stop_ends_the_whole_tree_with_zero(
    tree: tuple[subprocess.Popen[bytes], list[int]], tmp_path: Path, number: signal.Signals
) -> None:
    main, pids = tree
    # As a terminal does it: to every process of the group.
    os.killpg(main.pid, number)
    assert main.wait(timeout=60) == 0
    assert gone(*pids)
    assert (tmp_path / "worker-stopped").exists()
    assert (tmp_path / "beside-stopped").exists()


@pytest.mark.parametrize(("target", "imports"), [("print", 1), ("run", 2)])
def test_a_main_module_is_imported_by_a_process_only_if_its_target_is_there(
    tmp_path: Path, target: str, imports: int
) -> None:
    script = tmp_path / "command.py"
    script.write_text(
        "from multiprocessing.connection import wait\n"
        "from utils.supervision import ProcessSpec\n"
        "print('imported', flush=True)\n"
        "def run(text):\n"
        "    print(text)\n"
        "if __name__ == '__main__':\n"
        f"    process = ProcessSpec(name='one', target={target}, args=('has run',)).launch()\n"
        "    wait([process.sentinel])\n"
    )
    command = [sys.executable, str(script)]
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip
    assert ended.stdout.split("\n") == ["imported"] * imports + ["has run", ""]
