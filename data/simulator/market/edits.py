"""Edits of a market relative to its source: skipped ids, storms and pauses.

The history's ids follow from the source's by a list of segments. Within a segment each match of the
source becomes `copies` matches: normally 1, many in a storm, none while trading is suspended.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from data.simulator.market.matches import Matches
from data.simulator.market.prng import Ints


@dataclass(frozen=True, slots=True)
class EditSegment:
    """From match `source_id` on, `copies` matches each, the first one with `ledger_id`."""

    source_id: int
    ledger_id: int
    copies: int


class Edits:
    """The map from a source's ids to the history's; it only changes at its end."""

    def __init__(self, first_id: int) -> None:
        self._segments = [EditSegment(first_id, first_id, 1)]

    @property
    def count(self) -> int:
        """Return how many edits there were."""
        return len(self._segments) - 1

    def skip(self, source_id: int, count: int) -> tuple[int, int]:
        """Leave out `count` ids before a match; return the first and the last of them."""
        first = self.ledger_id(source_id)
        self._segments.append(EditSegment(source_id, first + count, self._segments[-1].copies))
        return first, first + count - 1

    def multiply(self, source_id: int, copies: int) -> None:
        """Turn every match from this one on into `copies`."""
        self._segments.append(EditSegment(source_id, self.ledger_id(source_id), copies))

    def ledger_id(self, source_id: int) -> int:
        """Return the first history id of a match; within a pause, the next id assigned."""
        at = bisect_right(self._segments, source_id, key=lambda segment: segment.source_id) - 1
        segment = self._segments[max(0, at)]
        return segment.ledger_id + (source_id - segment.source_id) * segment.copies

    def source_id(self, ledger_id: int) -> int:
        """Return the match of a history id; for an id left out, the match after it."""
        at = bisect_right(self._segments, ledger_id, key=lambda segment: segment.ledger_id) - 1
        segment = self._segments[max(0, at)]
        if segment.copies == 0:
            return segment.source_id
        source_id = segment.source_id + (ledger_id - segment.ledger_id) // segment.copies
        following = self._segments[at + 1].source_id if at + 1 < len(self._segments) else source_id
        return min(source_id, following)

    def mapped(self, matches: Matches) -> tuple[Matches, Ints | int]:
        """Return the source's matches with history ids, and the number of copies of each."""
        if len(self._segments) == 1:
            return matches, 1
        places = np.array([segment.source_id for segment in self._segments[1:]])
        at = places.searchsorted(matches.ids, side="right")
        source, history, copies = (
            np.array([getattr(segment, name) for segment in self._segments])[at]
            for name in ("source_id", "ledger_id", "copies")
        )
        stands = copies > 0
        mapped = matches._replace(
            ids=history + (matches.ids - source) * copies,
            taker=history + (matches.taker - source) * copies,
        )
        return Matches._make(column[stands] for column in mapped), copies[stands]

    def applied(self, matches: Matches) -> Matches:
        """Return the history's matches for the source's, one by one."""
        mapped, copies = self.mapped(matches)
        if isinstance(copies, int) or bool((copies == 1).all()):
            return mapped
        wide = Matches._make(np.repeat(column, copies) for column in mapped)
        begins = np.cumsum(copies) - copies
        within = np.arange(wide.size) - np.repeat(begins, copies)
        return wide._replace(ids=wide.ids + within)
