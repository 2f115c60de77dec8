"""Warm-up of recursive averages: the rows after which their seed no longer matters."""

import math

SEED_WEIGHT = 1e-12
"""The weight of a seed below which it is neglected."""


def decay_rows(alpha: float) -> int:
    """Return after how many rows the past weighs less than SEED_WEIGHT: (1 - alpha) ** rows."""
    return 0 if alpha >= 1.0 else math.ceil(math.log(SEED_WEIGHT) / math.log1p(-alpha))


def ema_warmup(length: int) -> int:
    """Return the rows before a settled exponential average: its seed's, and those of its decay."""
    return length - 1 + decay_rows(2.0 / (length + 1.0))


def wilder_warmup(length: int) -> int:
    """Return the same for Wilder's average, which is slower, of changes from row to row."""
    return length + decay_rows(1.0 / length)
