"""The limit of rows that one request may read; and parsers of times in requests.

A requested span is clipped to what is stored before its length is compared with the limit.
"""

from datetime import datetime

from data import Timeframe, TimeSpan
from data.errors import InvalidValue
from utils.bounds import EARLIEST_TIME, LATEST_TIME, check_time, shortened
from utils.times import time_of_ms

MAX_CANDLES = 50_000
"""Candles of a span, and as many again of the warm-up before it."""

_MAX_NUMBER_LENGTH = 20


def require_candles(field: str, span: TimeSpan, timeframe: Timeframe) -> None:
    """Raise InvalidValue unless a stored span holds at most MAX_CANDLES candles."""
    candles = (span.end - span.start) // timeframe.duration
    if candles > MAX_CANDLES:
        raise InvalidValue(
            f"{field}: {candles:,} candles of {timeframe} are stored from {_minute(span.start)} to "
            f"{_minute(span.end)} UTC, and one request reads at most {MAX_CANDLES:,}; "
            "choose a shorter span or a longer timeframe"
        )


def time_of(field: str, seconds: int) -> datetime:
    """Return a time given in Unix seconds. Raises InvalidValue, naming field, value and range."""
    try:
        return time_of_ms(seconds * 1_000)
    except ValueError:
        earliest, latest = int(EARLIEST_TIME.timestamp()), int(LATEST_TIME.timestamp())
        raise InvalidValue(
            f"{field} must be a time in Unix seconds from {earliest} to {latest} "
            f"({EARLIEST_TIME:%Y} to {LATEST_TIME:%Y}), was {shortened(seconds)}"
        ) from None


def time_from(field: str, text: object) -> datetime:
    """Return a time given as a text of Unix seconds. Raises InvalidValue."""
    given = str(text)[: _MAX_NUMBER_LENGTH + 1]
    if not given.removeprefix("-").isdecimal():
        raise InvalidValue(f"{field} must be a time in whole Unix seconds, was {shortened(given)}")
    return time_of(field, int(given))


def time_within(field: str, text: str) -> datetime:
    """Return a time given in ISO 8601 with a zone. Raises InvalidValue."""
    try:
        time = datetime.fromisoformat(text[:40])
    except ValueError:
        raise InvalidValue(
            f"{field} must be a time like 2026-01-31T12:00:00Z, was {shortened(text[:40])}"
        ) from None
    try:
        return check_time(time)
    except ValueError as error:
        raise InvalidValue(f"{field} {error}, was {shortened(text[:40])}") from None


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"
