"""Stored trials as the payload of the page."""

import json
from datetime import UTC, datetime

import pytest

from backtesting.sweeps.objective import Objective
from backtesting.sweeps.trial import SweepKey, SweepSummary, SweepTrial, canonical_json
from dashboard.features.sweeps.payload import sweep_payload, sweep_row

CONFIG = {
    "instrument": "okx:BTC-USDT",
    "timeframe": "1h",
    "start": "2026-01-01T00:00:00+00:00",
    "end": "2026-03-01T00:00:00+00:00",
    "strategy": "EmaCrossover",
    "capital": "1000",
    "exits": None,
}


def a_sweep_key(**more: object) -> SweepKey:
    return SweepKey(
        strategy="EmaCrossover",
        instrument="okx:BTC-USDT",
        config=json.dumps(CONFIG | more),
        data_digest="data",
        code_digest="code",
    )


def synthetic_trial(
    fast: int, sharpe: float | None, stop: int | None = None, problem: str = ""
) -> SweepTrial:
    parameters = {"fast": fast, "slow": 26, "exits": {"stop_loss_bps": stop}}
    moments = {"skew": 0.1, "excess_kurtosis": 1.0, "daily_returns": 59.0}
    metrics = {} if problem else {"sharpe": sharpe, "total_return": 0.1, **moments}
    return SweepTrial(parameters=canonical_json(parameters), metrics=metrics, problem=problem)


TRIALS = [
    synthetic_trial(5, 1.0),
    synthetic_trial(8, None),
    synthetic_trial(9, 2.0),
    synthetic_trial(10, None, problem="broke"),
]


def test_trials_come_best_first_with_what_varies() -> None:
    result = sweep_payload(a_sweep_key(), TRIALS, Objective(), [1.0, 2.0, 0.5])
    assert result["varied"] == ["parameters.fast"]
    assert [row["point"] for row in result["rows"]] == [[9.0], [5.0], [8.0], [10.0]]
    assert result["metrics"][0] == "total_return"
    assert (result["trials"], result["failed"], result["trial_count"]) == (4, 1, 3)
    assert result["rows"][-1]["problem"] == "broke"


def test_what_trials_share_fills_the_form() -> None:
    result = sweep_payload(a_sweep_key(), TRIALS, Objective(), [])
    assert result["values"]["parameters.slow"] == "26"
    assert result["values"]["capital"] == "1000"
    assert "parameters.fast" not in result["values"]
    assert result["fixed"] == "slow 26"


def test_exits_vary_as_the_form_names_them_unless_the_backtests_own_take_their_place() -> None:
    trials = [synthetic_trial(5, 1.0, stop=100), synthetic_trial(5, 1.0, stop=None)]
    assert sweep_payload(a_sweep_key(), trials, Objective(), [])["varied"] == [
        "exits.stop_loss_bps"
    ]
    own = a_sweep_key(exits={"stop_loss_bps": 70})
    assert sweep_payload(own, trials, Objective(), [])["varied"] == []


def test_the_best_is_evaluated_by_all_that_were_ever_tried() -> None:
    few = sweep_payload(a_sweep_key(), TRIALS, Objective(), [1.0, 2.0])["selection_bias"]
    many = sweep_payload(a_sweep_key(), TRIALS, Objective(), [1.0, 2.0] * 50)["selection_bias"]
    assert (few["sharpe"], few["trials"], many["trials"]) == (2.0, 2, 100)
    assert many["best_by_chance"] > few["best_by_chance"]
    assert many["deflated_sharpe"] < few["deflated_sharpe"]


def test_of_nothing_that_has_a_value_nothing_is_evaluated() -> None:
    result = sweep_payload(a_sweep_key(), [synthetic_trial(1, None)], Objective(), [None])
    assert result["selection_bias"] is None
    assert sweep_payload(a_sweep_key(), [], Objective(), [])["rows"] == []


def test_a_sweep_is_a_row_of_the_list() -> None:
    started = datetime(2026, 3, 2, tzinfo=UTC)
    summary = SweepSummary(
        sweep_key=a_sweep_key(), started_at=started, trials=4, failed=1, best_sharpe=2.0
    )
    row = sweep_row(summary)
    assert (row["timeframe"], row["trials"], row["best_sharpe"]) == ("1h", 4, 2.0)
    assert row["end"] - row["start"] == pytest.approx(59 * 86_400)
