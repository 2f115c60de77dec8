"""What a strategy decided over a piece of history, as the targets that an account is told."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot_manager.trading import target_rows
from bot_manager.trading.rows import RowArray
from bot_manager.trading.units import Int64s
from strategies.batch import Decisions
from strategies.signals import Directions


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Directions at closes in us, rising. `end_us`: the last close, before which prints may act."""

    close_us: Int64s
    directions: Directions
    end_us: int

    def targets(self) -> RowArray:
        """Return the changes among them."""
        return target_rows(self.close_us, self.directions)


def decided_since(start_us: int, decisions: Decisions, duration_us: int) -> Decided:
    """Return what counts of a window's decisions: nothing was decided before the beginning."""
    close_us = decisions.open_time.astype("datetime64[us]").astype(np.int64) + duration_us
    first = int(np.searchsorted(close_us, start_us))
    return Decided(close_us[first:], decisions.directions[first:], int(close_us[-1]))


def joined_decisions(parts: Sequence[Decided]) -> Decided:
    """Return consecutive decisions as one."""
    if not parts:
        return Decided(np.zeros(0, np.int64), np.zeros(0, np.int8), 0)
    return Decided(
        np.concatenate([part.close_us for part in parts]),
        np.concatenate([part.directions for part in parts]),
        parts[-1].end_us,
    )
