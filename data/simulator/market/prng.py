"""Reproducible randomness: every value is a hash of its position.

A *word* is 64 random bits. Distributions are tables indexed by some of those bits, so that the
market depends on integers and on exactly rounded arithmetic alone, and is equal on every machine.
"""

from functools import cache
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

UInt64s = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_STEP = 0x9E37_79B9_7F4A_7C15
_MIX_1 = 0xBF58_476D_1CE4_E5B9
_MIX_2 = 0x94D0_49BB_1331_11EB
TABLE_BITS = 12


@cache
def key_of(text: str) -> int:
    """Return a 64-bit key of a name."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(*keys: int) -> int:
    """Hash integers, in this order, to one word."""
    word = 0
    for key in keys:
        word = (((word ^ (key & _MASK)) + _STEP) & _MASK) or _STEP
        word = ((word ^ (word >> 30)) * _MIX_1) & _MASK
        word = ((word ^ (word >> 27)) * _MIX_2) & _MASK
        word ^= word >> 31
    return word


def words(key: int, first: int, count: int) -> UInt64s:
    """Return the words at positions `first` to `first + count - 1` of the stream of `key`."""
    places = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    places *= np.uint64(_STEP)
    places += np.uint64(key)
    places ^= places >> np.uint64(30)
    places *= np.uint64(_MIX_1)
    places ^= places >> np.uint64(27)
    places *= np.uint64(_MIX_2)
    places ^= places >> np.uint64(31)
    return places


def bits(source: UInt64s, shift: int, width: int) -> Ints:
    """Return `width` bits of each word, as numbers from 0 to 2**width - 1."""
    field = source >> np.uint64(shift)
    field &= np.uint64((1 << width) - 1)
    return field.view(np.int64)


def chance(probability: float, *keys: int) -> bool:
    """Return whether an event of this probability happens at this place."""
    return (mix(*keys) >> 11) * 2.0**-53 < probability


@cache
def normal_table() -> Floats:
    """Return 4,096 equally likely values of a standard normal distribution, rising."""
    size = 1 << TABLE_BITS
    values = np.array([NormalDist().inv_cdf((i + 0.5) / size) for i in range(size)])
    return _frozen(values / np.sqrt(np.mean(values * values)))


@cache
def heavy_table() -> Floats:
    """Return 4,096 equally likely values with fat tails, mean 0 and variance 1, rising."""
    values = normal_table()
    values = values * (1.0 + 0.1 * values * values)
    return _frozen(values / np.sqrt(np.mean(values * values)))


def _frozen(values: Floats) -> Floats:
    values.flags.writeable = False
    return values
