"""Set operations on covered spans of whole candles. Pure."""

from collections.abc import Iterable, Iterator

from data.market.frame import TimeSpan
from data.market.timeframe import Timeframe


def whole_candles_of(known: Iterable[TimeSpan], timeframe: Timeframe) -> list[TimeSpan]:
    """Return the parts of spans that hold whole candles."""
    shrunk = (
        TimeSpan.between(timeframe.ceil(span.start), timeframe.floor(span.end)) for span in known
    )
    return [span for span in shrunk if span is not None]


def subtract_spans(span: TimeSpan, taken: Iterable[TimeSpan]) -> list[TimeSpan]:
    """Return a span without some others, in time order."""
    left, start = [], span.start
    for other in sorted(taken, key=lambda other: other.start):
        left.append(TimeSpan.between(start, min(other.start, span.end)))
        start = max(start, other.end)
    left.append(TimeSpan.between(start, span.end))
    return [part for part in left if part is not None]


def intersect_spans(spans: Iterable[TimeSpan], others: Iterable[TimeSpan]) -> list[TimeSpan]:
    """Return what lies in both, in time order."""
    both = (span.overlap(other) for span in spans for other in others)
    return sorted((part for part in both if part is not None), key=lambda part: part.start)


def buckets(span: TimeSpan, timeframe: Timeframe) -> Iterator[TimeSpan]:
    """Yield the candles' spans from the first one, which opens at or before the span's start."""
    opening = timeframe.floor(span.start)
    while opening < span.end:
        yield TimeSpan(opening, opening + timeframe.duration)
        opening += timeframe.duration


def newest_first(span: TimeSpan, timeframe: Timeframe) -> list[TimeSpan]:
    """Split a span at the openings of a timeframe, the newest part first."""
    parts = [span.overlap(bucket) for bucket in buckets(span, timeframe)]
    return [part for part in reversed(parts) if part is not None]
