"""Backtests and sweeps as jobs: the fields of their errors."""

import pytest

from backtesting.monitor import RunMonitor
from dashboard.jobs.run_jobs import StoredRun, run_configuration
from dashboard.jobs.worker import WorkFailed
from utils.errors import ConfigError


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
