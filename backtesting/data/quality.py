"""Data quality: how much of a span is known, and what a run lacked."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import numpy as np
import numpy.typing as npt

from backtesting.errors import DataMissing
from bot_manager.trading import from_us, to_us
from data import CandleFrame, TimeSpan

Spans = npt.NDArray[np.int64]
"""Rows of start and end in us."""

SHOWN_GAPS = 20


class Gap(msgspec.Struct, frozen=True):
    """A part of the span without candles and without knowledge that there were none."""

    start: datetime
    end: datetime


class DataQuality(msgspec.Struct, frozen=True, kw_only=True):
    """Quality of a run's data. `missing`: the fraction of the span that is unknown.

    `missing_candles`: number of the strategy's candles that would open in the unknown parts, the
    first of which are `gaps`. `incomplete_candles`: prints made from a tape with holes. `warmup`:
    number of candles before the first decision, of which `warmup_in_span` are in the requested
    span, where older ones are not stored; the run starts after them.
    """

    candles: int
    prints: int
    missing: float
    missing_candles: int
    incomplete_candles: int
    gap_count: int
    gaps: list[Gap]
    first_print: datetime
    last_print: datetime
    warmup: int = 0
    warmup_in_span: int = 0


def as_rows(spans: Sequence[TimeSpan]) -> Spans:
    """Convert spans to rows."""
    rows = [(to_us(span.start), to_us(span.end)) for span in spans]
    return np.array(rows, np.int64).reshape(-1, 2)


def stored_runs(frame: CandleFrame) -> Spans:
    """Return the spans that complete candles cover, touching ones joined."""
    open_us = frame.open_time[frame.complete].astype("datetime64[us]").astype(np.int64)
    if not len(open_us):
        return np.zeros((0, 2), np.int64)
    step = frame.timeframe.seconds * 1_000_000
    breaks = np.flatnonzero(np.diff(open_us) != step)
    starts, ends = open_us[np.append(0, breaks + 1)], open_us[np.append(breaks, -1)] + step
    return np.stack([starts, ends], axis=1)


def uncovered(spans: Spans, start_us: int, end_us: int) -> Spans:
    """Return the parts of [start, end) that lie in none of the spans, in order."""
    inside = spans[(spans[:, 0] < end_us) & (spans[:, 1] > start_us)]
    inside = inside[np.argsort(inside[:, 0], kind="stable")]
    reached = np.maximum.accumulate(np.append(start_us, inside[:, 1]))
    parts = np.stack([reached, np.append(inside[:, 0], end_us)], axis=1)
    return parts[parts[:, 0] < parts[:, 1]]


def candles_within(gaps: Spans, duration_us: int) -> int:
    """Return the number of candles that open in the gaps."""
    return int((-(-gaps[:, 1] // duration_us) - -(-gaps[:, 0] // duration_us)).sum())


def shown(gaps: Spans) -> list[Gap]:
    """Return the first gaps as times."""
    return [Gap(from_us(start), from_us(end)) for start, end in gaps[:SHOWN_GAPS].tolist()]


def require_enough(quality: DataQuality, most: float) -> None:
    """Raise DataMissing if too much of the span is unknown."""
    if quality.missing > most:
        first = quality.gaps[0]
        raise DataMissing(
            f"{quality.missing:.2%} of the span is unknown, more than {most:.2%} (max_missing): "
            f"first {first.start.isoformat()} to {first.end.isoformat()}; "
            "truetape data download fills it, or choose a span that is stored"
        )
