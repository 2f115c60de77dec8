"""Matches in columns: the exchange's trades as integers, and the interface of their sources."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.listing import ListedInstrument
from data.simulator.market.prng import Ints


class Matches(NamedTuple):
    """Consecutive single matches of one instrument, in id order.

    `time_ms` never falls along ids and determines the candle; `own_ms` is each match's own
    timestamp. `ticks` and `lots` count price and size steps. `taker` is the id of the first match
    of the same taker order.
    """

    ids: Ints
    time_ms: Ints
    own_ms: Ints
    ticks: Ints
    lots: Ints
    buy: NDArray[np.bool_]
    taker: Ints

    @property
    def size(self) -> int:
        """Return the number of matches. (`len` counts columns.)"""
        return self.ids.size

    def between(self, start: int, stop: int) -> "Matches":
        """Return the matches at places `start` to `stop - 1`."""
        return Matches._make(column[start:stop] for column in self)

    def after_and_until(self, after_ms: int, until_ms: int) -> "Matches":
        """Return the matches with after_ms < time <= until_ms."""
        start, stop = self.time_ms.searchsorted((after_ms, until_ms), side="right")
        return self.between(int(start), int(stop))

    def of_ids(self, first_id: int, last_id: int) -> "Matches":
        """Return the matches from `first_id` to `last_id`, both included."""
        start, stop = self.ids.searchsorted((first_id, last_id + 1))
        return self.between(int(start), int(stop))

    @classmethod
    def joined(cls, parts: "list[Matches]") -> "Matches":
        """Return the matches of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls._make(np.concatenate(columns) for columns in zip(*parts, strict=True))

    @classmethod
    def none(cls) -> "Matches":
        """Return no matches."""
        empty = np.empty(0, dtype=np.int64)
        return cls(empty, empty, empty, empty, empty, np.empty(0, dtype=np.bool_), empty)


class MatchSource(ABC):
    """One instrument's matches for all times, in blocks of equal length: synthetic or recorded.

    Repeated calls return equal values, in any process. Blocks before the first match are empty.
    """

    listing: ListedInstrument
    epoch_ms: int
    block_ms: int

    @abstractmethod
    def first_id(self, block: int) -> int:
        """Return the id of the first match at or after the start of a block."""

    @abstractmethod
    def block_with(self, match_id: int) -> int:
        """Return the block of a match; for an id before or after all: the nearest block."""

    @abstractmethod
    def matches(self, block: int) -> Matches:
        """Return all matches of a block."""

    def block_at(self, time_ms: int) -> int:
        """Return the block that holds a time; not below 0, which begins at the epoch."""
        return max(0, (time_ms - self.epoch_ms) // self.block_ms)

    def start_ms(self, block: int) -> int:
        """Return the start time of a block."""
        return self.epoch_ms + block * self.block_ms
