"""Jobs of backtests and sweeps in responses: their configuration, and what they stored."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backtesting.config import read_config
from backtesting.sweeps.config import read_sweep
from dashboard.features.run_schemas import run_job_schema
from dashboard.jobs.job_queue import Job, JobState
from dashboard.jobs.run_jobs import RunKind, StoredRun, run_queue
from tests.fakes.worker import InlineWorker
from utils.clock import ManualClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BACKTEST: dict[str, Any] = {
    "instrument": "okx:BTC-USDT", "strategy": "EmaCrossover", "start": "2025-01-06",
    "end": "2025-02-06", "parameters": {"fast": 5}, "exits": {"stop_loss_bps": 50},
}  # fmt: skip
BACKTEST_CONFIG = read_config(BACKTEST).model_dump(mode="json")
SWEEP_CONFIG = read_sweep({"backtest": BACKTEST, "vary": ["fast=5..50:5"]}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("kind", "config", "stored"),
    [
        (RunKind.BACKTEST, BACKTEST_CONFIG, StoredRun(7, is_new=False)),
        (
            RunKind.SWEEP,
            SWEEP_CONFIG,
            StoredRun(None, is_new=True, sweep="a digest", summary="5 trials"),
        ),
    ],
)
def test_a_job_has_its_configuration_and_names_what_it_stored(
    kind: RunKind, config: dict[str, Any], stored: StoredRun
) -> None:
    job = Job(
        id=1,
        kind=kind,
        request=config,
        requested_by="alice",
        submitted_at=NOW,
        state=JobState.DONE,
        result=stored,
    )
    answer = run_job_schema(job).model_dump(mode="json")
    assert (answer["kind"], answer["config"]) == (kind, config)
    assert StoredRun(*(answer[name] for name in StoredRun.__struct_fields__)) == stored


def test_a_waiting_job_names_nothing_stored() -> None:
    worker = InlineWorker(lambda *_: StoredRun(7, is_new=True))
    worker.gate.clear()
    jobs = run_queue({RunKind.BACKTEST: worker}, ManualClock(NOW))
    answer = run_job_schema(jobs.submit(RunKind.BACKTEST, BACKTEST_CONFIG, "alice"))
    jobs.close()
    assert (answer.backtest_id, answer.sweep, answer.problem) == (None, "", "")
