"""How long averages that never forget remember where they began."""

import math

SEED_WEIGHT = 1e-12
"""What is left of a seed when it no longer counts."""


def decay_rows(alpha: float) -> int:
    """Return after how many rows the past weighs less than SEED_WEIGHT: (1 - alpha) ** rows."""
    return 0 if alpha >= 1.0 else math.ceil(math.log(SEED_WEIGHT) / math.log1p(-alpha))


def ema_warmup(length: int) -> int:
    """Return the rows before a settled exponential average: its seed's, and those to forget it."""
    return length - 1 + decay_rows(2.0 / (length + 1.0))


def wilder_warmup(length: int) -> int:
    """Return the same for Wilder's average, which is slower, of changes from row to row."""
    return length + decay_rows(1.0 / length)
