"""The store that retention needs. Implemented above, in `database`, and by a test fake.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.retention.values import DayDeletion, StoredSeries, StoredTape, TapeDay


class RetentionRepository(ABC):
    """The extents of stored data, and their deletion in small transactions."""

    @abstractmethod
    def tapes(self) -> list[StoredTape]:
        """Return every tape that has stored trades, by name."""

    @abstractmethod
    def days(self) -> list[TapeDay]:
        """Return the records of all days, by time and instrument; dropped ones, too."""

    @abstractmethod
    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        """Count a day's trades and digest those on the tape; None if it has no trade."""

    @abstractmethod
    def note(self, day: TapeDay) -> None:
        """Insert or replace the record of a day."""

    @abstractmethod
    def drop_chunk(self, days: Sequence[TapeDay]) -> None:
        """Delete the trades of one day at once, if only these instruments have any on that day.

        `days`: of one time, to be dropped one by one after it. Deletes nothing where the store has
        no chunks.
        """

    @abstractmethod
    def drop_day(self, day: TapeDay, dropped: DayDeletion) -> int:
        """Delete the trades of a day, record it, and return the number of rows.

        If it is interrupted, a repetition continues it.
        """

    @abstractmethod
    def bytes_per_trade(self) -> float:
        """Return the bytes of disk that a trade takes, with its part of the indexes."""

    @abstractmethod
    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        """Count an instrument's trades at or after a time."""

    @abstractmethod
    def series(self) -> list[StoredSeries]:
        """Return every instrument and timeframe that has stored candles."""

    @abstractmethod
    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        """Delete candles that open before a time, in all versions, and their coverage.

        The span is unknown from then on, never empty. Returns the number of buckets.
        """

    @abstractmethod
    def drop_versions(self, before: datetime) -> int:
        """Delete versions of candles opened before a time that have a better version."""
