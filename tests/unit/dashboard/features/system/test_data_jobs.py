"""Data jobs: their limits, their payload, and a process for each."""

import os
import time
from datetime import UTC, datetime

import pytest

from backtesting.monitor import RunMonitor
from dashboard.features.system.data_jobs import (
    KIND,
    DataJobKind,
    DataJobSpec,
    DataWorker,
    data_worker,
)
from dashboard.features.system.schemas import data_job_schema
from dashboard.jobs.job_queue import Job, JobState
from dashboard.jobs.worker import RequestCancelled, WorkerUnavailable, WorkFailed
from data.errors import InvalidValue
from utils.errors import ConfigError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def a_spec(kind: DataJobKind = DataJobKind.REPAIR, days: float = 7) -> DataJobSpec:
    return DataJobSpec(kind=kind, instrument="okx:BTC-USDT", days=days)


@pytest.mark.parametrize("days", [0, -1, 400, float("nan")])
def test_a_job_is_about_some_days(days: float) -> None:
    with pytest.raises(InvalidValue):
        a_spec(days=days)


@pytest.mark.parametrize(
    ("state", "started_at", "problem", "result", "summary"),
    [
        (JobState.WAITING, None, "", None, ""),
        (JobState.DONE, NOW, "", "5 candles are new", "5 candles are new"),
        (JobState.FAILED, NOW, "okx does not answer", None, "okx does not answer"),
        (JobState.CANCELLED, None, "", None, ""),
        (
            JobState.CANCELLED,
            NOW,
            "its process was ended",
            None,
            "cancelled; the data stored until then is kept",
        ),
    ],
)
def test_the_summary_of_a_job_is_its_result_or_its_problem(
    state: JobState, started_at: datetime | None, problem: str, result: str | None, summary: str
) -> None:
    job = Job(
        id=1,
        kind=KIND,
        request=a_spec(),
        requested_by="alice",
        submitted_at=NOW,
        state=state,
        started_at=started_at,
        problem=problem,
        result=result,
    )
    shown = data_job_schema(job)
    assert (shown.spec.kind, shown.spec.days) == (a_spec().kind, a_spec().days)
    assert (shown.requested_by, shown.state, shown.summary) == ("alice", state, summary)


def perform(spec: DataJobSpec, monitor: RunMonitor) -> str:
    """Behave as the days describe."""
    monitor.progress(0.5)
    if spec.days == 1:
        raise ConfigError("okx", problem="is not reached")
    if spec.days == 2:
        os._exit(3)
    if spec.days == 3:
        time.sleep(600)
    return f"{spec.kind} done"


def run(worker: DataWorker, days: int) -> str:
    parts: list[float] = []
    return worker.run(
        a_spec(days=days), RunMonitor(parts.append, lambda: days == 3 and parts != [])
    )


def test_each_job_has_a_process_that_reports_its_end() -> None:
    worker = data_worker(perform)
    assert run(worker, 7) == "repair done"
    with pytest.raises(WorkFailed, match="okx: is not reached"):
        run(worker, 1)
    with pytest.raises(WorkerUnavailable, match="the data stored until then is kept"):
        run(worker, 2)
    with pytest.raises(RequestCancelled):
        run(worker, 3)
