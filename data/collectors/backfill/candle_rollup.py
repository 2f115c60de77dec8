"""Fold an exchange's stored candles into coarser ones that are fully covered."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from data.market.candle import Candle, CandleSource, merge_candles
from data.market.frame import TimeSpan, merge_spans
from data.market.instrument import InstrumentId
from data.market.spans import intersect_spans, subtract_spans, whole_candles_of
from data.market.timeframe import Timeframe
from data.ports import CandleRepository

_FOLDED_AT_ONCE = timedelta(days=28)


def coarser_than(timeframe: Timeframe) -> list[Timeframe]:
    """Return the timeframes that candles of `timeframe` fold into, finest first."""
    return [each for each in Timeframe if each is not timeframe and timeframe.divides(each)]


def fold_uncovered(
    candles: CandleRepository,
    instrument: InstrumentId,
    fine: Timeframe,
    timeframes: Collection[Timeframe],
    span: TimeSpan,
) -> int:
    """Fold the coarser candles of a span that are not covered but whose parts all are.

    Of `timeframes` those that `fine` folds into. Returns how many candles are new.
    """
    parts, new = candles.coverage(instrument, fine, span.start, span.end), 0
    for coarse in coarser_than(fine):
        if coarse in timeframes:
            known = whole_candles_of(
                candles.coverage(instrument, coarse, span.start, span.end), coarse
            )
            unknown = [
                gap
                for own in whole_candles_of([span], coarse)
                for gap in subtract_spans(own, known)
            ]
            foldable = intersect_spans(unknown, whole_candles_of(parts, coarse))
            new += fold_spans(candles, instrument, fine, coarse, foldable)
    return new


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
    for batch in _batches(merge_spans(spans), coarse):
        fine_candles = candles.best(instrument, fine, batch[0].start, batch[-1].end)
        new += candles.save(_folded(_within(batch, fine_candles), coarse))
        candles.add_coverage(instrument, coarse, batch)
    return new


def _batches(spans: Iterable[TimeSpan], coarse: Timeframe) -> Iterator[list[TimeSpan]]:
    """Yield parts of sorted spans that are folded together: many short ones, or part of a long."""
    batch: list[TimeSpan] = []
    for span in spans:
        start = span.start
        while start < span.end:
            end = min(span.end, coarse.ceil(start + _FOLDED_AT_ONCE))
            if batch and end - batch[0].start > _FOLDED_AT_ONCE:
                yield batch
                batch = []
            batch.append(TimeSpan(start, end))
            start = end
    if batch:
        yield batch


def _within(spans: Sequence[TimeSpan], fine: Iterable[Candle]) -> list[Candle]:
    """Return the candles that open in one of the spans, which are in time order."""
    starts = [span.start for span in spans]
    before = ((bisect_right(starts, candle.open_time) - 1, candle) for candle in fine)
    return [candle for row, candle in before if row >= 0 and candle.open_time < spans[row].end]


def _folded(fine: Iterable[Candle], coarse: Timeframe) -> list[Candle]:
    by_bucket = groupby(fine, key=lambda part: coarse.floor(part.open_time))
    folded = [merge_candles(parts, coarse) for _, parts in by_bucket]
    # Candles made from trades alone are announced, or rebuilt, by the tape's own fold.
    return [candle for candle in folded if candle.source is CandleSource.EXCHANGE]
