"""Whether candles follow each other without a missing trade, by their ids. Pure."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from data.market.candle import Candle
from data.market.hole import Hole


def chained(candles: Sequence[Candle], holes: Iterable[Hole]) -> bool:
    """Return whether all ids between the candles, made from trades, lie in the holes."""
    spans = [(candle.first_trade_id or 0, candle.last_trade_id or 0) for candle in candles]
    gaps = [(last + 1, first - 1) for (_, last), (first, _) in pairwise(spans) if first > last + 1]
    if not gaps:
        return True
    declared = [hole.ids for hole in holes]
    return all(any(first in ids and last in ids for ids in declared) for first, last in gaps)
