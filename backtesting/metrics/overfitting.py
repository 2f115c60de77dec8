"""Probability that the best of many trials is overfitted."""

from itertools import combinations

import numpy as np

from backtesting.metrics.definition import MetricDefinition, Value
from backtesting.metrics.serial import NOISE, Floats

OVERFITTING = MetricDefinition(
    name="overfitting_probability",
    title="Probability of backtest overfitting",
    group="significance",
    unit="fraction",
    formula="share of the ways to split S blocks of days in two halves in which the trial with the "
    "best Sharpe ratio in one is at or below the median in the other",
    requires="10 trials over 100 days",
    source="Bailey, Borwein, Lopez de Prado, Zhu 2014 (CSCV)",
    better=-1,
    notes="Above 0.5 the choice does worse than chance out of sample.",
)


def overfitting_probability(returns: Floats, *, blocks: int = 16) -> Value:
    """Compute it for daily returns (days x trials); undefined for fewer than two trials.

    Days that do not fill the last block are left out. A trial whose returns do not vary counts with
    a Sharpe ratio of 0. `blocks` is even; the work grows as their combinations.
    """
    days, trials = returns.shape
    length = days // blocks
    if trials < 2 or length < 2:
        return None
    used = returns[: blocks * length]
    # Centred on their mean, so that squares of equal returns do not cancel to noise.
    centre = np.add.accumulate(used, axis=0)[-1] / len(used)
    parts = (used - centre).reshape(blocks, length, trials)
    sums = np.add.accumulate(parts, axis=1)[:, -1]
    squares = np.add.accumulate(parts * parts, axis=1)[:, -1]
    noise = NOISE * (1.0 + np.abs(used).max(axis=0))
    everything = frozenset(range(blocks))
    below, splits = 0, 0
    for chosen in combinations(range(blocks), blocks // 2):
        rest = sorted(everything.difference(chosen))
        inside = _sharpes(sums, squares, chosen, length, centre, noise)
        outside = _sharpes(sums, squares, rest, length, centre, noise)
        below += _rank(outside, int(inside.argmax())) <= (trials + 1) / 2
        splits += 1
    return below / splits


def _sharpes(
    sums: Floats,
    squares: Floats,
    chosen: "tuple[int, ...] | list[int]",
    length: int,
    centre: Floats,
    noise: Floats,
) -> Floats:
    """Return the Sharpe ratio of each trial over chosen blocks, of sums about its `centre`."""
    first, second = np.zeros(sums.shape[1]), np.zeros(sums.shape[1])
    for block in chosen:  # in sequence: the same result on every machine
        first, second = first + sums[block], second + squares[block]
    count = len(chosen) * length
    variance = np.maximum(second - first * first / count, 0.0) / (count - 1)
    flat = np.sqrt(variance) <= noise
    mean = centre + first / count
    return np.where(flat, 0.0, mean / np.where(flat, 1.0, np.sqrt(variance)))


def _rank(values: Floats, which: int) -> float:
    """Return the rank from 1, the lowest; ties share the mean rank."""
    mine = values[which]
    return float((values < mine).sum()) + (float((values == mine).sum()) + 1.0) / 2.0
