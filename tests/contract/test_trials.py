"""The contract of sweep trial repositories."""

import pytest

from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.trial import SweepKey, SweepTrial
from data.errors import RepositoryError
from database.repositories.sweep_trials import SqlTrialRepository
from tests.fakes.trials import InMemoryTrialRepository

SWEEP_KEY = SweepKey(
    strategy="EmaCrossover",
    instrument="okx:BTC-USDT",
    config="{}",
    data_digest="d",
    code_digest="c",
)
OTHER = SweepKey(
    strategy="EmaCrossover",
    instrument="okx:BTC-USDT",
    config="{}",
    data_digest="e",
    code_digest="c",
)


@pytest.fixture(params=["memory", pytest.param("postgresql", marks=pytest.mark.integration)])
def trials(request: pytest.FixtureRequest) -> TrialRepository:
    if request.param == "memory":
        return InMemoryTrialRepository()
    return SqlTrialRepository(request.getfixturevalue("empty_database"))


def trial(parameters: str, sharpe: float | None = 1.5, problem: str = "") -> SweepTrial:
    metrics = {} if problem else {"sharpe": sharpe, "net_profit": 0.1 + 0.2}
    return SweepTrial(parameters=parameters, metrics=metrics, problem=problem)


def test_trials_come_back_to_the_last_bit_by_parameters(trials: TrialRepository) -> None:
    trials.begin(SWEEP_KEY)
    odd = SweepTrial(parameters="b", metrics={"sharpe": -0.0, "x": 1e-320, "y": 1e22, "z": None})
    trials.add(SWEEP_KEY, [odd, trial("a"), trial("c", problem='broke: "why"')])
    found = trials.of(SWEEP_KEY)
    assert found == [trial("a"), odd, trial("c", problem='broke: "why"')]
    assert str(found[1].metrics["sharpe"]) == "-0.0"


def test_a_sweep_starts_once(trials: TrialRepository) -> None:
    trials.begin(SWEEP_KEY)
    trials.add(SWEEP_KEY, [trial("a")])
    trials.begin(SWEEP_KEY)
    assert trials.of(SWEEP_KEY) == [trial("a")]


def test_a_sweep_that_was_not_stored_has_nothing_and_takes_nothing(trials: TrialRepository) -> None:
    assert trials.of(SWEEP_KEY) == []
    trials.add(SWEEP_KEY, [])
    with pytest.raises(RepositoryError, match="is not stored"):
        trials.add(SWEEP_KEY, [trial("a")])


def test_a_later_trial_takes_the_place_of_an_earlier_one(trials: TrialRepository) -> None:
    trials.begin(SWEEP_KEY)
    trials.add(SWEEP_KEY, [trial("a", 1.0)])
    trials.add(SWEEP_KEY, [trial("a", 2.0), trial("b")])
    assert trials.of(SWEEP_KEY) == [trial("a", 2.0), trial("b")]


def test_every_trial_of_a_strategy_on_an_instrument_is_counted(trials: TrialRepository) -> None:
    for sweep_key in (SWEEP_KEY, OTHER):
        trials.begin(sweep_key)
    trials.add(SWEEP_KEY, [trial("a", 1.0), trial("b", None), trial("c", problem="broke")])
    trials.add(OTHER, [trial("a", 3.0)])
    found = trials.sharpes("EmaCrossover", "okx:BTC-USDT")
    assert sorted(found, key=str) == [1.0, 3.0, None]
    assert trials.sharpes("EmaCrossover", "okx:ETH-USDT") == []


def test_sweeps_are_listed_newest_first_with_their_outcome(trials: TrialRepository) -> None:
    for sweep_key in (SWEEP_KEY, OTHER):
        trials.begin(sweep_key)
    trials.add(SWEEP_KEY, [trial("a", 1.0), trial("b", None), trial("c", problem="broke")])
    newest, older = trials.sweeps(10)
    assert (newest.sweep_key, older.sweep_key) == (OTHER, SWEEP_KEY)
    assert newest.started_at >= older.started_at
    assert (newest.trials, newest.failed, newest.best_sharpe) == (0, 0, None)
    assert (older.trials, older.failed, older.best_sharpe) == (3, 1, 1.0)
    assert [each.sweep_key for each in trials.sweeps(1)] == [OTHER]


def test_a_sweep_is_found_by_its_digest(trials: TrialRepository) -> None:
    trials.begin(SWEEP_KEY)
    assert trials.sweep(SWEEP_KEY.digest) == SWEEP_KEY
    assert trials.sweep(OTHER.digest) is None
