"""What retention needs of the store. Implemented above, in `database`, and by a test fake.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime

from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.retention.values import Dropped, StoredSeries, StoredTape, TapeDay


class RetentionRepository(ABC):
    """What is stored from when to when, and how it is deleted: in small transactions."""

    @abstractmethod
    def tapes(self) -> list[StoredTape]:
        """Return every tape that has stored trades, by name."""

    @abstractmethod
    def days(self) -> list[TapeDay]:
        """Return all that was noted of days, by time and instrument; dropped ones, too."""

    @abstractmethod
    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        """Count a day's trades and digest those on the tape; None if it has no trade."""

    @abstractmethod
    def note(self, day: TapeDay) -> None:
        """Store what is known of a day, or replace it."""

    @abstractmethod
    def drop_days(self, days: Iterable[TapeDay], dropped: Dropped) -> int:
        """Delete the trades of days, note it, and return how many there were.

        Killed in between, it goes on when it is repeated.
        """

    @abstractmethod
    def bytes_per_trade(self) -> float:
        """Return how much of the disk a trade takes, with its part of the indexes."""

    @abstractmethod
    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        """Count an instrument's trades at or after a time."""

    @abstractmethod
    def series(self) -> list[StoredSeries]:
        """Return every instrument and timeframe that has stored candles."""

    @abstractmethod
    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        """Delete candles that open before a time, in all versions, and forget that span.

        It is unknown from then on, never taken for empty. Returns how many buckets there were.
        """

    @abstractmethod
    def drop_versions(self, before: datetime) -> int:
        """Delete versions of candles opened before a time that a better version outdoes."""
