"""Samples: a metric of a subject at a time."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from utils.errors import TruetapeError

HISTORY_WIDTH = timedelta(minutes=10)
"""The width of one point of the long history."""


class UnzonedTime(TruetapeError, ValueError):
    """A time without a zone. A ValueError too, so that codecs report it."""


class Sample(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One value of one metric of one subject. Subjects begin with their kind: `process:`, `host`.

    `name` ends with its unit where it has one: `age_s`, `rss_bytes`. Times are aware UTC.
    """

    subject: str
    name: str
    time: datetime
    value: float

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise UnzonedTime(f"{self.subject} {self.name}: time must have a zone: {self.time}")


class HistoryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The value of a metric from `time` until the next point."""

    time: datetime
    low: float
    mean: float
    high: float


def samples_of(
    subject: str, time: datetime, metrics: Mapping[str, float | None]
) -> tuple[Sample, ...]:
    """Return metrics as samples; unknown and non-finite values are left out."""
    return tuple(
        Sample(subject=subject, name=name, time=time, value=float(value))
        for name, value in metrics.items()
        if value is not None and math.isfinite(value)
    )
