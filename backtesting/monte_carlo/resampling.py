"""New orders of old things, drawn with a seed: rows of positions in what is resampled."""

from collections.abc import Callable

import numpy as np

from backtesting.metrics.serial import Int64s

Resample = Callable[[int, int, np.random.Generator], Int64s]
"""Length, number of rows, randomness in; rows of positions out."""


def shuffled(length: int, draws: int, random: np.random.Generator) -> Int64s:
    """Return `draws` rows, each with all positions once, in another order."""
    rows = np.broadcast_to(np.arange(length), (draws, length))
    return random.permuted(rows, axis=1)


def in_blocks(length: int, draws: int, random: np.random.Generator, *, block: int) -> Int64s:
    """Return rows of blocks of neighbours, each `block` long, begun anywhere; the end meets 0."""
    starts = random.integers(0, length, (draws, -(-length // block)))
    places = starts[:, :, np.newaxis] + np.arange(block)
    return places.reshape(draws, -1)[:, :length] % length


def in_random_blocks(
    length: int, draws: int, random: np.random.Generator, *, mean_block: float
) -> Int64s:
    """Return rows of blocks of neighbours of chance lengths, `mean_block` on average.

    The stationary bootstrap: what comes of a stationary series is stationary.
    """
    begins = random.random((draws, length)) < 1.0 / mean_block
    begins[:, 0] = True
    starts = random.integers(0, length, (draws, length))
    places = np.broadcast_to(np.arange(length), (draws, length))
    last_begin = np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    return (np.take_along_axis(starts, last_begin, axis=1) + places - last_begin) % length
