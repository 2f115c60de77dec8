"""Backtests and sweeps as jobs: the fields of their errors, and their payload."""

from datetime import UTC, datetime

import pytest

from backtesting.monitor import RunMonitor
from dashboard.jobs.job_queue import Job, JobState
from dashboard.jobs.run_jobs import (
    RunKind,
    StoredRun,
    run_configuration,
    run_payload,
    run_queue,
)
from dashboard.jobs.worker import WorkFailed
from tests.fakes.worker import InlineWorker
from utils.clock import ManualClock
from utils.errors import ConfigError

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "field", "expected"),
    [
        ("strategy EmaCrossover", "fast", "parameters.fast"),
        ("parameters", "fast", "parameters.fast"),
        ("strategy EmaCrossover", "exits.stop_loss_bps", "exits.stop_loss_bps"),
        ("parameters", "", ""),
        ("backtest", "capital", "capital"),
    ],
)
def test_an_error_names_the_field_of_the_form(source: str, field: str, expected: str) -> None:
    def run(*_: object) -> StoredRun:
        raise ConfigError(source, field=field, problem="must be below slow")

    with pytest.raises(WorkFailed) as error:
        run_configuration(run, {}, RunMonitor())
    assert (error.value.problem, error.value.field) == ("must be below slow", expected)


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (RunKind.BACKTEST, StoredRun(7, is_new=False)),
        (RunKind.SWEEP, StoredRun(None, is_new=True, sweep="a digest", summary="5 trials")),
    ],
)
def test_the_payload_of_a_job_names_what_it_stored(kind: RunKind, stored: StoredRun) -> None:
    job = Job(
        id=1,
        kind=kind,
        request={"strategy": "EmaCrossover"},
        requested_by="alice",
        submitted_at=NOW,
        state=JobState.DONE,
        result=stored,
    )
    payload = run_payload(job)
    assert (payload["kind"], payload["config"]) == (kind, {"strategy": "EmaCrossover"})
    assert StoredRun(*(payload[name] for name in StoredRun.__struct_fields__)) == stored


def test_a_waiting_job_names_nothing_stored() -> None:
    worker = InlineWorker(lambda *_: StoredRun(7, is_new=True))
    worker.gate.clear()
    jobs = run_queue({RunKind.BACKTEST: worker}, ManualClock(NOW))
    payload = run_payload(jobs.submit(RunKind.BACKTEST, {}, "alice"))
    jobs.close()
    assert (payload["backtest_id"], payload["sweep"], payload["problem"]) == (None, "", "")
