"""Times within the range that can be stored, and milliseconds since 1970."""

from datetime import UTC, datetime, timedelta

from utils.bounds import EARLIEST_TIME, LATEST_TIME, shortened

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of_ms(milliseconds: int) -> datetime:
    """Convert milliseconds since 1970 to a time in UTC. Raises ValueError out of range."""
    earliest, latest = ms_of_time(EARLIEST_TIME), ms_of_time(LATEST_TIME)
    if not earliest <= milliseconds <= latest:
        raise ValueError(
            f"must be milliseconds since 1970, within {earliest} and {latest}, "
            f"was {shortened(milliseconds)}"
        )
    return _EPOCH + timedelta(milliseconds=milliseconds)


def ms_of_time(time: datetime) -> int:
    """Convert a time to milliseconds since 1970, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def shifted(time: datetime, by: timedelta) -> datetime:
    """Return `time + by`, clipped to the range that can be stored."""
    try:
        return min(max(time + by, EARLIEST_TIME), LATEST_TIME)
    except OverflowError:
        return LATEST_TIME if by > timedelta(0) else EARLIEST_TIME
