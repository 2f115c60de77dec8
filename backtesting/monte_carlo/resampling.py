"""Resampling with a seed: rows of positions in the resampled series."""

from collections.abc import Callable

import numpy as np

from backtesting.metrics.serial import Int64s

Resample = Callable[[int, int, np.random.Generator], Int64s]
"""Function of length, number of rows and generator; returns rows of positions."""


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
