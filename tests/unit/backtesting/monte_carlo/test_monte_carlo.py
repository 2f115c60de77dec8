"""Simulations: what they keep, what they change, and that they come out the same again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.metrics import EquityCurve, RoundTripColumns
from backtesting.metrics.metric_input import DAY_US, no_round_trips
from backtesting.monte_carlo import (
    SHARES,
    MetricDistribution,
    MonteCarlo,
    bootstrap_returns,
    shuffle_round_trips,
)
from backtesting.monte_carlo.paths import compounded, max_drawdown, sharpe
from backtesting.monte_carlo.simulation import in_blocks, in_random_blocks, shuffled
from utils.errors import ConfigError

MEDIAN = SHARES.index(0.5)


def random(seed: int = 1) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def columns_of(*profits: float) -> RoundTripColumns:
    count = len(profits)
    zeros, times = np.zeros(count), np.arange(count, dtype=np.int64)
    return RoundTripColumns(
        entry_us=times, exit_us=times, entry_value=zeros, profit=np.array(profits), fees=zeros,
        adverse=zeros, favourable=zeros, risk=zeros,
    )  # fmt: skip


def curve(returns: list[float], start: float = 100.0) -> EquityCurve:
    equity = compounded(np.array([returns]), start)[0]
    return EquityCurve(np.arange(len(equity), dtype=np.int64) * DAY_US, equity)


def distribution(simulation: MonteCarlo, metric: str) -> MetricDistribution:
    return next(each for each in simulation.distributions if each.metric == metric)


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 99))
def test_a_shuffle_has_every_position_once(length: int, draws: int, seed: int) -> None:
    rows = shuffled(length, draws, random(seed))
    assert (np.sort(rows, axis=1) == np.arange(length)).all()


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 99))
def test_inside_a_block_neighbours_stay_neighbours(length: int, block: int, seed: int) -> None:
    rows = in_blocks(length, 3, random(seed), block=block)
    assert rows.shape == (3, length)
    inside = np.arange(1, length) % block != 0
    assert ((rows[:, 1:] - rows[:, :-1])[:, inside] % length == 1 % length).all()


def test_random_blocks_have_the_given_length_on_average() -> None:
    rows = in_random_blocks(1_000, 100, random(), mean_block=8)
    breaks = (rows[:, 1:] - rows[:, :-1]) % 1_000 != 1
    assert 1 / breaks.mean() == pytest.approx(8, rel=0.05)
    assert ((rows >= 0) & (rows < 1_000)).all()


def test_every_position_is_drawn_alike() -> None:
    counts = np.bincount(in_random_blocks(10, 20_000, random(), mean_block=3).ravel())
    assert counts / counts.sum() == pytest.approx(np.full(10, 0.1), rel=0.03)


def test_the_order_of_round_trips_moves_the_drawdown_and_not_the_end() -> None:
    simulation = shuffle_round_trips(columns_of(10, -5, 10, -5, 20, -10), 100, draws=500, seed=3)
    ends = distribution(simulation, "final_equity")
    assert ends.quantiles == pytest.approx([120.0] * len(SHARES))
    drawdowns = distribution(simulation, "max_drawdown")
    assert drawdowns.real == pytest.approx(1 - 120 / 130)
    assert float(drawdowns.quantiles[-1] or 0) > float(drawdowns.quantiles[0] or 0)


def test_a_worked_shuffle_of_two_round_trips() -> None:
    # +10 % then -50 %: 100 110 55, drawdown 1/2; the other way round: 100 50 55, drawdown 1/2 too
    simulation = shuffle_round_trips(columns_of(10, -55), 100, draws=100, seed=1)
    assert distribution(simulation, "max_drawdown").quantiles == pytest.approx([0.5] * len(SHARES))
    lowest = distribution(simulation, "lowest_equity")
    assert (lowest.quantiles[0], lowest.quantiles[-1]) == pytest.approx((50, 55))


def test_the_same_seed_draws_the_same() -> None:
    one, other = (
        bootstrap_returns(curve([0.01, -0.02, 0.03] * 9), draws=200, seed=5) for _ in "ab"
    )
    assert one == other
    assert one != bootstrap_returns(curve([0.01, -0.02, 0.03] * 9), draws=200, seed=6)


def test_more_draws_than_fit_at_once_are_drawn_in_chunks() -> None:
    simulation = bootstrap_returns(curve([0.01, -0.02] * 10), draws=2_500, seed=5)
    assert simulation.draws == 2_500
    below = distribution(simulation, "total_return").below
    assert below is not None
    assert 0.3 < below < 0.7


def test_days_that_do_not_differ_leave_one_path() -> None:
    simulation = bootstrap_returns(curve([1.0] * 10), draws=50, seed=1, stationary=False)
    total = distribution(simulation, "total_return")
    assert total.quantiles == pytest.approx([1_023.0] * len(SHARES))
    assert total.below == 0.5
    assert distribution(simulation, "sharpe") == MetricDistribution(
        metric="sharpe", real=None, quantiles=(None,) * len(SHARES), below=None, undefined=50
    )


def test_bands_start_at_the_balance_and_keep_their_order() -> None:
    bands = bootstrap_returns(curve([0.05, -0.04] * 20), draws=300, seed=1).bands
    levels = np.array(bands.quantiles)
    assert (levels[:, 0] == 100).all()
    assert (np.diff(levels, axis=0) >= 0).all()
    assert len(bands.real) == levels.shape[1] == 41


def test_without_round_trips_or_days_nothing_happens() -> None:
    for simulation in (
        shuffle_round_trips(no_round_trips(), 100, draws=10, seed=1),
        bootstrap_returns(curve([]), draws=10, seed=1),
    ):
        assert simulation.length == 0
        assert distribution(simulation, "total_return").real == 0.0


def test_the_sharpe_ratio_of_a_path_is_that_of_a_run() -> None:
    returns = [0.01, -0.02, 0.015, 0.0, 0.005, -0.01, 0.02]
    path = compounded(np.array([returns]), 50.0)
    expected = np.mean(returns) / np.std(returns, ddof=1) * np.sqrt(365)
    assert sharpe(path)[0] == pytest.approx(expected, rel=1e-12)
    assert max_drawdown(path)[0] == pytest.approx(0.02)


def test_a_path_of_constant_returns_or_few_days_has_no_sharpe_ratio() -> None:
    assert np.isnan(sharpe(compounded(np.full((1, 200), 0.005), 100.0))[0])
    assert np.isnan(sharpe(compounded(np.array([[0.01, -0.02, 0.015]]), 100.0))[0])


@pytest.mark.parametrize("draws", [0, 1_000_000])
def test_senseless_numbers_of_draws_are_refused(draws: int) -> None:
    with pytest.raises(ConfigError, match="draws"):
        bootstrap_returns(curve([0.01]), draws=draws, seed=1)


def test_a_block_is_a_day_at_least() -> None:
    with pytest.raises(ConfigError, match="block_days"):
        bootstrap_returns(curve([0.01]), draws=5, seed=1, block_days=0)
