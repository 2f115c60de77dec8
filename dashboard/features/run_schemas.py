"""Jobs of backtests and sweeps in responses: both features answer with them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from dashboard.jobs.job_queue import JobState
from dashboard.jobs.run_jobs import RunJob, RunKind, StoredRun
from dashboard.rest.config_schemas import BacktestConfigSchema, SweepConfigSchema
from dashboard.rest.schema_types import ResponseModel


class RunJobSchema(ResponseModel):
    """A job of a backtest or a sweep; `progress` from 0 to 1.

    `problem`: why it failed, and the `field` of the form, if one is at fault. `backtest_id` or
    `sweep`: what it stored; `is_new` unless the same backtest was stored before. `summary` is that
    of a sweep.
    """

    id: int
    kind: RunKind
    config: BacktestConfigSchema | SweepConfigSchema
    submitted_at: datetime
    state: JobState
    progress: float
    started_at: datetime | None
    finished_at: datetime | None
    problem: str
    field: str
    backtest_id: int | None
    is_new: bool
    sweep: str
    summary: str


class RunJobsResponse(ResponseModel):
    """The jobs, newest first, and the server's time."""

    jobs: list[RunJobSchema]
    now: datetime


def run_job_schema(job: RunJob) -> RunJobSchema:
    """Return a job as a part of a response."""
    stored = job.result or StoredRun(None, is_new=True)
    return RunJobSchema.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "config": job.request,
            "submitted_at": job.submitted_at,
            "state": job.state,
            "progress": job.progress,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "problem": job.problem,
            "field": job.field,
            "backtest_id": stored.backtest_id,
            "is_new": stored.is_new,
            "sweep": stored.sweep,
            "summary": stored.summary,
        }
    )


def run_jobs_response(jobs: Iterable[RunJob]) -> RunJobsResponse:
    """Return all jobs as a response."""
    return RunJobsResponse(jobs=[run_job_schema(job) for job in jobs], now=datetime.now(UTC))
