"""Rules and values of retention. Days are UTC days, named by their midnight."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.market.trade import Cursor

DAY = timedelta(days=1)
GIGABYTE = 1_000_000_000
# A window of a strategy begins up to 4,096 candles back, and before it the warm-up.
_CANDLES_READ_BACK = 8 * 4_096
DayKey = tuple[InstrumentId, datetime]


class TapeRules(msgspec.Struct, frozen=True, kw_only=True):
    """Trades are kept `keep` long, and within `max_bytes` on disk, whichever comes first.

    When less than `min_free_bytes` of the disk are free, further days are deleted.
    """

    keep: timedelta = timedelta(days=7)
    max_bytes: float = 5 * GIGABYTE
    min_free_bytes: float = GIGABYTE / 2


class CandleRules(msgspec.Struct, frozen=True, kw_only=True):
    """Candles of a timeframe that is not named are kept for ever.

    `versions`: how long one is kept beside a better version of the same candle.
    """

    keep: Mapping[Timeframe, timedelta] = {}
    versions: timedelta = timedelta(days=90)


class DropReason(StrEnum):
    """Why a day is deleted: by age, by total size, or because the disk is nearly full."""

    AGE = "age"
    SIZE = "size"
    DISK = "disk"


class DayDeletion(msgspec.Struct, frozen=True, kw_only=True):
    """The deletion of a day of a tape. `forced`: what still needed it when the disk forced it."""

    at: datetime
    reason: DropReason
    forced: str = ""


class TapeDay(msgspec.Struct, frozen=True, kw_only=True):
    """A whole day of one tape, summarized after its end.

    `rows` are all its trades, `on_tape` those that came in time; `digest` is of the latter alone,
    in order. `problem` is why it could not be verified; empty: candles and trades agree.
    """

    instrument: InstrumentId
    day: datetime
    rows: int
    on_tape: int
    first_trade_id: int
    last_trade_id: int
    digest: str
    verified_at: datetime
    problem: str = ""
    dropped: DayDeletion | None = None

    @property
    def key(self) -> "DayKey":
        """Return its instrument and day."""
        return self.instrument, self.day

    @property
    def end(self) -> datetime:
        """Return the midnight after it."""
        return self.day + DAY


class StoredTape(msgspec.Struct, frozen=True, kw_only=True):
    """The start of an instrument's stored trades, and the end of its tape."""

    instrument: InstrumentId
    first_time: datetime
    end: Cursor


class StoredSeries(msgspec.Struct, frozen=True, kw_only=True):
    """The stored candles of one instrument and timeframe, by the times they open.

    `needed_from`: the oldest candle that the slowest signal group still reads; None: no group.
    """

    instrument: InstrumentId
    timeframe: Timeframe
    oldest: datetime
    newest: datetime
    needed_from: datetime | None = None


def needed_from(followed_to: datetime | None, timeframe: Timeframe) -> datetime | None:
    """Return the oldest candle needed by a group evaluated up to a time, with a margin."""
    return None if followed_to is None else followed_to - _CANDLES_READ_BACK * timeframe.duration


def day_of(time: datetime) -> datetime:
    """Return the midnight at or before a time."""
    return Timeframe.D1.floor(time)
