"""The probability that the best of many trials is only the best by chance."""

import numpy as np
import pytest

from backtesting.metrics import overfitting_probability

UP, DOWN = [0.03, 0.01], [-0.03, -0.01]


def test_a_trial_that_is_the_best_everywhere_is_no_accident() -> None:
    returns = np.array([UP + UP, DOWN + DOWN]).T
    assert overfitting_probability(returns, blocks=2) == 0.0


def test_trials_that_trade_places_are_all_accident() -> None:
    # the best of the first half is the worst of the second, and the other way round
    returns = np.array([UP + DOWN, DOWN + UP]).T
    assert overfitting_probability(returns, blocks=2) == 1.0


def test_of_four_blocks_each_choice_of_two_is_a_split() -> None:
    # one trial by block: +0.04, +0.04, -0.04, -0.02; the other is constant
    returns = np.array([[*UP, *UP, *DOWN, -0.005, -0.015], [0.0] * 8]).T
    # chosen 01: first, last outside. 23: second, last outside. 13 and 03: first, level outside.
    # 02 and 12: level, first named, and first outside as well.
    assert overfitting_probability(returns, blocks=4) == 4 / 6


def test_noise_is_found_out() -> None:
    random = np.random.Generator(np.random.PCG64(5))
    value = overfitting_probability(random.normal(0, 0.01, (200, 20)), blocks=8)
    assert value is not None
    assert 0.2 < value < 0.9


def test_an_edge_is_seen() -> None:
    random = np.random.Generator(np.random.PCG64(5))
    returns = random.normal(0, 0.01, (200, 20))
    returns[:, 7] += 0.01
    assert overfitting_probability(returns, blocks=8) == 0.0


@pytest.mark.parametrize("shape", [(100, 1), (10, 5), (0, 5)])
def test_too_little_is_undefined(shape: tuple[int, int]) -> None:
    assert overfitting_probability(np.zeros(shape)) is None


def test_trials_that_never_trade_are_all_alike() -> None:
    # all ranks are tied: the chosen one is exactly at the median
    assert overfitting_probability(np.zeros((40, 4)), blocks=4) == 1.0


def test_constant_returns_have_a_sharpe_ratio_of_nothing() -> None:
    """Their variance is the rounding of E_t / E_(t-1), which must not rank them."""
    random = np.random.Generator(np.random.PCG64(5))
    noisy = random.normal(0.002, 0.01, (160, 2))
    constant = np.array([1.005**day for day in range(161)])
    returns = np.column_stack([noisy, constant[1:] / constant[:-1] - 1.0])
    still = np.column_stack([noisy, np.zeros(160)])
    assert overfitting_probability(returns, blocks=8) == overfitting_probability(still, blocks=8)
