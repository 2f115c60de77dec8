"""Sets of times as lists of spans."""

from collections.abc import Iterable
from datetime import datetime

from data import TimeSpan


def joined(spans: Iterable[TimeSpan]) -> list[TimeSpan]:
    """Return the union: in order, apart from each other."""
    result: list[TimeSpan] = []
    for span in sorted(spans, key=lambda span: span.start):
        if span.start >= span.end:
            continue
        if result and span.start <= result[-1].end:
            result[-1] = TimeSpan(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def without(spans: Iterable[TimeSpan], removed: TimeSpan) -> list[TimeSpan]:
    """Return spans without one that is removed."""
    return [
        part
        for span in spans
        for part in (
            TimeSpan.between(span.start, min(span.end, removed.start)),
            TimeSpan.between(max(span.start, removed.end), span.end),
        )
        if part is not None
    ]


def clipped(spans: Iterable[TimeSpan], start: datetime, end: datetime) -> list[TimeSpan]:
    """Return the parts of spans within [start, end)."""
    parts = [TimeSpan.between(max(span.start, start), min(span.end, end)) for span in spans]
    return [part for part in parts if part is not None]
