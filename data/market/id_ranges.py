"""Sets of trade ids, stored as few ranges. Pure."""

from bisect import bisect_right
from collections.abc import Iterable

from data.market.hole import IdRange
from data.market.trade import Trade


class IdRanges:
    """The union of ranges of ids."""

    def __init__(self, ranges: Iterable[IdRange]) -> None:
        self._ranges: list[IdRange] = []
        for ids in sorted(ranges):
            _append(self._ranges, ids)

    def cover(self, ids: IdRange) -> bool:
        """Return whether all of `ids` are in the set."""
        index = bisect_right(self._ranges, ids.first, key=lambda known: known.first) - 1
        return index >= 0 and ids.last <= self._ranges[index].last


def ids_covered(trades: Iterable[Trade]) -> IdRanges:
    """Return the ids of trades; ids in order need almost no memory."""
    runs: list[IdRange] = []
    for trade in trades:
        _append(runs, IdRange(trade.first_id, trade.trade_id))
    return IdRanges(runs)


def _append(ranges: list[IdRange], ids: IdRange) -> None:
    """Add a range after others, joined with the last one if they touch."""
    if ranges and ranges[-1].first <= ids.first <= ranges[-1].last + 1:
        if ids.last > ranges[-1].last:
            ranges[-1] = IdRange(ranges[-1].first, ids.last)
    else:
        ranges.append(ids)
