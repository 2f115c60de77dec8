"""Workers as real processes: whatever a user's code does, it delays only itself."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data import Timeframe, from_datetime64
from strategies import Direction
from strategies.target_evaluation import TargetEvaluation
from strategies.user_code.loader import load_file
from strategies.verification.synthetic_market import synthetic_candles
from strategies.workers.pool import CompletedJob, ProcessWorkers, WorkerJob
from strategies.workers.queries import (
    EvaluateTargets,
    FileInspection,
    InspectFile,
    QueryFailure,
    ResolvedParameters,
    ResolveParameters,
    StrategyName,
    StrategySpec,
)
from strategies.workers.worker import launcher
from tests.engine_world import user_file
from utils.clock import SystemClock
from utils.supervision import ProcessCpuMeter, WorkState

FRAME = synthetic_candles(5_000, Timeframe.M1)
BUDGET_S = 3.0
# The first decision is made while a worker is prepared, and measured apart.
LATER = "Mine.calls = getattr(Mine, 'calls', 0) + 1\n        if Mine.calls > 1: "


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    workers = ProcessWorkers(
        launcher("worker", None), SystemClock(), ProcessCpuMeter(), most=3, loading_s=60.0
    )
    yield workers
    workers.close()


def done(workers: ProcessWorkers, count: int, within_s: float = 90.0) -> list[CompletedJob]:
    """Wait until so many jobs are done."""
    found: list[CompletedJob] = []
    until_s = time.monotonic() + within_s
    while len(found) < count:
        assert time.monotonic() < until_s, f"only {found}"
        found += workers.collect()
        time.sleep(0.01)
    return found


def job(path: Path, name: str, *, budget_s: float = BUDGET_S, suspect: bool = False) -> WorkerJob:
    """Evaluate a file's strategy at the last candle."""
    source = load_file(path).sources[0]
    spec = StrategySpec(StrategyName(source.name, source.version, path), "{}")
    start_after = from_datetime64(FRAME.open_time[-1])
    query = EvaluateTargets(spec, FRAME.take(slice(-900, None)), None, start_after, Direction.FLAT)
    return WorkerJob(name, query, budget_s, ready=(spec, Timeframe.M1), suspect=suspect)


def test_the_others_are_answered_while_one_never_ends(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    valid = user_file(tmp_path, "honest.py")
    endless = user_file(tmp_path, "endless.py", body="while True: pass")
    workers.submit(job(endless, "endless", budget_s=600))
    workers.submit(job(valid, "honest"))
    (first,) = done(workers, 1)
    assert first.job.name == "honest"
    assert isinstance(first.result, TargetEvaluation)


def test_one_that_never_ends_is_ended_and_another_worker_answers(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    spins = "import threading; threading.Thread(target=exec, args=('while True: pass',)).start()"
    endless = user_file(tmp_path, "endless.py", body=f"{LATER}{spins}; threading.Event().wait()")
    workers.submit(job(endless, "endless", budget_s=0.5))
    (ended,) = done(workers, 1)
    # On a loaded machine it may not get its half second of CPU time.
    assert isinstance(ended.result, QueryFailure)
    assert ended.result.exceeded in (WorkState.OVER_CPU, WorkState.LOADED)
    workers.submit(job(user_file(tmp_path, "honest.py"), "honest"))
    assert isinstance(done(workers, 1)[0].result, TargetEvaluation)


def test_one_that_waits_is_refused_as_waiting_after_three_attempts(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    path = user_file(tmp_path, body=f"{LATER}import time; time.sleep(600)")
    workers.submit(job(path, "waits", budget_s=0.05))
    (ended,) = done(workers, 1, within_s=240.0)
    assert isinstance(ended.result, QueryFailure)
    assert ended.result.exceeded is WorkState.WAITING
    assert ended.result.problem.startswith("waited for 0.75 s, 3 times")


def test_suspects_never_have_all_the_workers(workers: ProcessWorkers, tmp_path: Path) -> None:
    valid = user_file(tmp_path, "honest.py")
    endless = user_file(tmp_path, "endless.py", body="while True: pass")
    for number in range(4):
        workers.submit(job(endless, number, suspect=True))
    workers.submit(job(valid, "honest"))
    assert done(workers, 1)[0].job.name == "honest"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise LookupError('on purpose')", "raised LookupError: on purpose (mine.py line 11)"),
        ("raise SystemExit(3)", "raised SystemExit: 3 (mine.py line 11)"),
        # Linear algebra in one thread.
        (
            "import os; raise LookupError(os.environ['OPENBLAS_NUM_THREADS'])",
            "raised LookupError: 1 (mine.py line 11)",
        ),
        ("import os; os._exit(3)", "ended its process"),
    ],
)
def test_what_a_strategy_does_is_reported(
    workers: ProcessWorkers, tmp_path: Path, body: str, problem: str
) -> None:
    workers.submit(job(user_file(tmp_path, body=body), "it"))
    (ended,) = done(workers, 1)
    assert isinstance(ended.result, QueryFailure)
    assert ended.result.problem == problem


def test_a_file_is_run_and_resolved_where_it_can_be_ended(
    workers: ProcessWorkers, tmp_path: Path
) -> None:
    path = user_file(tmp_path)
    workers.submit(WorkerJob("look", InspectFile(path), BUDGET_S * 10))
    (found,) = done(workers, 1)
    assert isinstance(found.result, FileInspection)
    spec = StrategySpec(StrategyName("Mine", found.result.version, path), "{}")
    workers.submit(WorkerJob("resolve", ResolveParameters(spec, Timeframe.M1), BUDGET_S * 10))
    (resolved,) = done(workers, 1)
    assert isinstance(resolved.result, ResolvedParameters)
    assert resolved.result.parameters == "{}"
    (tmp_path / "stuck.py").write_text("while True: pass\n")
    workers.submit(WorkerJob("stuck", InspectFile(tmp_path / "stuck.py"), 2.0))
    (stuck,) = done(workers, 1)
    assert isinstance(stuck.result, QueryFailure)
    assert stuck.result.exceeded is WorkState.OVER_CPU
