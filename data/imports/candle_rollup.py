"""Fold an exchange's stored candles into coarser ones that are fully covered."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from data.market.candle import Candle, CandleSource, merge_candles
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.ports import CandleRepository

_FOLDED_AT_ONCE = timedelta(days=28)


def coarser_than(timeframe: Timeframe) -> list[Timeframe]:
    """Return the timeframes that candles of `timeframe` fold into, finest first."""
    return [each for each in Timeframe if each is not timeframe and timeframe.divides(each)]


def fold_spans(
    candles: CandleRepository,
    instrument: InstrumentId,
    fine: Timeframe,
    coarse: Timeframe,
    spans: Iterable[TimeSpan],
) -> int:
    """Fold `fine` candles into `coarse` ones over spans of whole candles; return how many are new.

    The caller guarantees that every fine candle of the spans is stored: the spans become covered.
    """
    new = 0
    for span in spans:
        start = span.start
        while start < span.end:
            end = min(span.end, coarse.ceil(start + _FOLDED_AT_ONCE))
            new += candles.save(_folded(candles.best(instrument, fine, start, end), coarse))
            candles.add_coverage(instrument, coarse, [TimeSpan(start, end)])
            start = end
    return new


def _folded(fine: Sequence[Candle], coarse: Timeframe) -> list[Candle]:
    by_bucket = groupby(fine, key=lambda part: coarse.floor(part.open_time))
    folded = [merge_candles(parts, coarse) for _, parts in by_bucket]
    # Candles made from trades alone are announced by the tape's own fold.
    return [candle for candle in folded if candle.source is CandleSource.EXCHANGE]
