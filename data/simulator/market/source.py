"""The interface of match sources: a synthetic market, or a recorded tape."""

from abc import ABC, abstractmethod

from data.simulator.market.listing import ListedInstrument
from data.simulator.market.matches import Matches


class MatchSource(ABC):
    """One instrument's matches for all times, in blocks of equal length.

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
