"""Simulated paths: round trips in another order, daily returns in random blocks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec
import numpy as np

from backtesting.metrics import EquityCurve, RoundTripColumns
from backtesting.metrics.metric_input import returns_of
from backtesting.metrics.serial import Floats, Int64s
from backtesting.monte_carlo.distribution import (
    EquityBands,
    MetricDistribution,
    bands_of,
    distribution_of,
)
from backtesting.monte_carlo.paths import DAILY_METRICS, PATH_METRICS, PathMetric, compounded
from utils.errors import ConfigError

MOST_DRAWS = 100_000
_CHUNK_VALUES = 4_000_000
"""Number of path values held at a time."""
_BAND_PATHS = 1_000

Resample = Callable[[int, int, np.random.Generator], Int64s]
"""Function of length, number of rows and generator; returns rows of positions."""


class MonteCarlo(msgspec.Struct, frozen=True, kw_only=True):
    """One simulation: its method, a distribution for each metric, the bands of equity.

    The bands use the first 1,000 paths at most; the distributions use all.
    """

    method: str
    draws: int
    seed: int
    length: int
    distributions: tuple[MetricDistribution, ...] = msgspec.field(name="cards")
    bands: EquityBands


def shuffle_round_trips(
    round_trips: RoundTripColumns, capital: float, *, draws: int, seed: int
) -> MonteCarlo:
    """Shuffle the round trips: how much of the drawdown was luck of the order.

    Each keeps its profit as a fraction of the equity before it, so that the final equity is the
    same in any order. Points are the exits. Raises ConfigError.
    """
    before = capital + np.concatenate([[0.0], np.add.accumulate(round_trips.profit)[:-1]])
    before = before[: len(round_trips)]
    # Once equity is lost, fractions of it are undefined.
    returns = round_trips.profit / before if (before > 0).all() else np.zeros(0)
    paths = _Paths(returns, capital, PATH_METRICS, shuffled)
    return paths.simulate("round trips in another order", draws, seed)


def bootstrap_returns(
    curve: EquityCurve, *, draws: int, seed: int, block_days: float = 10, stationary: bool = True
) -> MonteCarlo:
    """Resample daily returns in blocks, which keep the dependence between days.

    Blocks are `block_days` long, on average if `stationary`. Raises ConfigError.
    """
    if not block_days >= 1:
        problem = f"must be 1 or more, was {block_days:g}"
        raise ConfigError("monte carlo", field="block_days", problem=problem)
    resample = (
        partial(in_random_blocks, mean_block=block_days)
        if stationary
        else partial(in_blocks, block=round(block_days))
    )
    kind = "about " if stationary else ""
    paths = _Paths(returns_of(curve), float(curve.equity[0]), DAILY_METRICS, resample)
    return paths.simulate(f"daily returns in blocks of {kind}{block_days:g} days", draws, seed)


@dataclass(frozen=True, slots=True, eq=False)
class _Paths:
    returns: Floats
    capital: float
    metrics: Mapping[str, PathMetric]
    resample: Resample

    def simulate(self, method: str, draws: int, seed: int) -> MonteCarlo:
        if not 1 <= draws <= MOST_DRAWS:
            problem = f"must be 1 to {MOST_DRAWS:,}, was {draws:,}"
            raise ConfigError("monte carlo", field="draws", problem=problem)
        values, first = self._resampled(draws, np.random.Generator(np.random.PCG64(seed)))
        real = compounded(self.returns[np.newaxis], self.capital)
        return MonteCarlo(
            method=method,
            draws=draws,
            seed=seed,
            length=len(self.returns),
            distributions=tuple(
                distribution_of(name, float(metric(real)[0]), values[name])
                for name, metric in self.metrics.items()
            ),
            bands=bands_of(real[0], first),
        )

    def _resampled(
        self, draws: int, random: np.random.Generator
    ) -> tuple[Mapping[str, Floats], Floats]:
        """Compute every metric on every path, and the equity of the first paths."""
        length = len(self.returns)
        values: dict[str, list[Floats]] = {name: [] for name in self.metrics}
        held: list[Floats] = []
        chunk = max(1, min(_BAND_PATHS, _CHUNK_VALUES // (length + 1)))
        for start in range(0, draws, chunk):
            count = min(chunk, draws - start)
            rows = (
                self.resample(length, count, random) if length else np.zeros((count, 0), np.int64)
            )
            equity = compounded(self.returns[rows], self.capital)
            held = held or [equity]
            for name, metric in self.metrics.items():
                values[name].append(metric(equity))
        return {name: np.concatenate(parts) for name, parts in values.items()}, held[0]


def shuffled(length: int, draws: int, random: np.random.Generator) -> Int64s:
    """Return `draws` random permutations of all positions."""
    rows = np.broadcast_to(np.arange(length), (draws, length))
    return random.permuted(rows, axis=1)


def in_blocks(length: int, draws: int, random: np.random.Generator, *, block: int) -> Int64s:
    """Return rows of blocks of `block` neighbours with random starts; the series is circular."""
    starts = random.integers(0, length, (draws, -(-length // block)))
    places = starts[:, :, np.newaxis] + np.arange(block)
    return places.reshape(draws, -1)[:, :length] % length


def in_random_blocks(
    length: int, draws: int, random: np.random.Generator, *, mean_block: float
) -> Int64s:
    """Return rows of blocks of neighbours of random lengths, `mean_block` on average.

    The stationary bootstrap: resamples of a stationary series are stationary.
    """
    begins = random.random((draws, length)) < 1.0 / mean_block
    begins[:, 0] = True
    starts = random.integers(0, length, (draws, length))
    places = np.broadcast_to(np.arange(length), (draws, length))
    last_begin = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    return (np.take_along_axis(starts, last_begin, axis=1) + places - last_begin) % length
