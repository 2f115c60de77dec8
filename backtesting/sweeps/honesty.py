"""How good the best of so many trials had to be by chance alone."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np

from backtesting.metrics import METRICS, Run, Trials
from backtesting.metrics.card import Value
from backtesting.metrics.run import DAYS_A_YEAR
from backtesting.metrics.serial import deviation
from backtesting.metrics.significance import best_by_chance


class Honesty(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a Sharpe ratio once every trial of the strategy is counted.

    `best_by_chance` is the annual Sharpe ratio to be expected of the best of `trials` useless ones.
    """

    trials: int
    sharpe: Value
    best_by_chance: Value
    probabilistic_sharpe: Value
    deflated_sharpe: Value


def honesty_of(run: Run, sharpes: Sequence[float | None]) -> Honesty:
    """Judge a run by the annual Sharpe ratios of all trials of its strategy, its own included."""
    counted = trials_of(sharpes)
    judged = replace(run, trials=counted)
    values = {
        name: METRICS[name](judged)
        for name in ("sharpe", "probabilistic_sharpe", "deflated_sharpe")
    }
    by_chance = None if counted is None else best_by_chance(counted) * DAYS_A_YEAR**0.5
    return Honesty(trials=len(sharpes), best_by_chance=by_chance, **values)


def trials_of(sharpes: Sequence[float | None]) -> Trials | None:
    """Return how many trials there were and how they varied; None where that is not known."""
    known = np.sort(np.array([sharpe for sharpe in sharpes if sharpe is not None]))
    width = deviation(known)
    if width is None:
        return None
    return Trials(count=len(sharpes), sharpe_variance=width * width / DAYS_A_YEAR)
