"""The store that the market data need. Implemented above, in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
Spans are [start, end), aware UTC. Lists come in time order, trades in id order.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from data.market.candle import Candle
from data.market.frame import CandleFrame, Gaps, TimeSpan
from data.market.hole import Hole, HoleState
from data.market.instrument import Instrument, InstrumentId
from data.market.seals import Seal, StoredCandle, TapeSeals
from data.market.tape import TapeBatch, TapeRecord, TapeRow
from data.market.timeframe import Timeframe
from data.market.trade import Cursor, Trade
from data.status import CollectorStatus

OnProgress = Callable[[float], None]
"""Receives the part of a work that is done, from 0 to 1."""


class InstrumentRepository(ABC):
    """The known instruments."""

    @abstractmethod
    def save(self, instruments: Iterable[Instrument]) -> None:
        """Insert or update instruments. Never removes one: its history is kept."""

    @abstractmethod
    def get(self, instrument: InstrumentId) -> Instrument | None:
        """Return one instrument."""

    @abstractmethod
    def all(self, exchange: str | None = None) -> list[Instrument]:
        """Return all instruments (of an exchange), by name."""

    @abstractmethod
    def names(self) -> list[InstrumentId]:
        """Return the names of all instruments, and of those that only have stored data."""


class TapeWriter(ABC):
    """The only writer of some instruments' tapes; holds their write locks.

    Used by one thread. After any error it is unusable: close it, open another, read `end`.
    """

    @abstractmethod
    def claim(self, instruments: Iterable[InstrumentId]) -> None:
        """Lock these tapes for writing until `close`. Raises TapeTaken."""

    @abstractmethod
    def end(self, instrument: InstrumentId) -> Cursor | None:
        """Return the last committed trade of a tape."""

    @abstractmethod
    def commit(self, batches: Sequence[TapeBatch]) -> None:
        """Commit trades, candles, holes and tape ends in one transaction, synchronously.

        The trades must follow the tape's end. A candle already stored for its bucket stays as
        announced; the new one is stored as another version.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the locks and the connection."""


class TradeRepository(ABC):
    """Stored trades."""

    @abstractmethod
    def open_writer(self) -> TapeWriter:
        """Open a writer of tapes with a connection of its own."""

    @abstractmethod
    def end(self, instrument: InstrumentId) -> Cursor | None:
        """Return the last committed trade of a tape."""

    @abstractmethod
    def between(
        self, instrument: InstrumentId, start: datetime, end: datetime, *, on_tape: bool = False
    ) -> Iterator[list[Trade]]:
        """Return trades with start <= tape time < end, in pages; `on_tape` leaves late rows out."""

    @abstractmethod
    def rows(
        self, instrument: InstrumentId, start: datetime, end: datetime
    ) -> Iterator[list[TapeRow]]:
        """Return the trades of `between` with the column that marks late ones, in pages."""

    @abstractmethod
    def record(self, instrument: InstrumentId) -> TapeRecord | None:
        """Return what is recorded of a tape beside its rows; None if it has not started."""

    @abstractmethod
    def seals(self, instrument: InstrumentId, start: datetime, end: datetime) -> TapeSeals:
        """Return the seals of the rows of a span, and the next link after it."""

    @abstractmethod
    def after(self, instrument: InstrumentId, cursor: Cursor, limit: int) -> list[Trade]:
        """Return the trades on the tape after `cursor`, at most `limit`."""

    @abstractmethod
    def latest(self, instrument: InstrumentId, limit: int) -> list[Trade]:
        """Return the newest trades, at most `limit`, oldest first."""

    @abstractmethod
    def first_at_or_after(self, instrument: InstrumentId, time: datetime) -> Cursor | None:
        """Return the first stored trade with tape time >= `time`."""

    @abstractmethod
    def add_late(self, trades: Sequence[Trade]) -> int:
        """Store trades recovered after the tape went on (`on_tape = false`), or before it began.

        Rows that are stored already are left alone. Returns the number of new rows.
        """

    @abstractmethod
    def import_tape(self, batch: TapeBatch) -> int:
        """Store a batch of a foreign tape with its holes; idempotent. Returns how many were new.

        Extends the tape's end if the batch lies after it. Candles are not stored here.
        """


class SealRepository(ABC):
    """Seals for rows that were stored before seals existed."""

    @abstractmethod
    def unsealed(self) -> list[InstrumentId]:
        """Return the instruments of which rows or candles may lack a seal, by name."""

    @abstractmethod
    def add_links(self, instrument: InstrumentId, links: Sequence[Seal]) -> None:
        """Store links over rows on the tape. Those that are stored already are left alone."""

    @abstractmethod
    def seal_late(self, instrument: InstrumentId, start: datetime, end: datetime) -> None:
        """Seal the late rows of a span's minutes that hold more rows than their seal counts."""

    @abstractmethod
    def seal_candles(self, instrument: InstrumentId, timeframe: Timeframe) -> int:
        """Seal the candles without a seal, in all versions; return how many there were."""

    @abstractmethod
    def finish(self, instrument: InstrumentId) -> None:
        """Record that every row and candle of an instrument is sealed."""


class HoleRepository(ABC):
    """Declared holes."""

    @abstractmethod
    def of(self, instrument: InstrumentId, states: Iterable[HoleState] | None = None) -> list[Hole]:
        """Return the holes of a tape (in some states), by id."""

    @abstractmethod
    def counts(self) -> dict[tuple[InstrumentId, HoleState], int]:
        """Return how many holes each tape has in each state, of those that have any."""

    @abstractmethod
    def resolve(self, hole: Hole, state: HoleState) -> None:
        """Set another state of a stored hole (found by its instrument and ids)."""


class CandleRepository(ABC):
    """Stored candles. Announced candles never change; other versions are kept beside them.

    Where a tape has started only the tape announces; elsewhere the first version stored does.
    One candle per bucket: complete from trades precedes the exchange's, then incomplete.
    """

    @abstractmethod
    def save(self, candles: Sequence[Candle]) -> int:
        """Store candles; idempotent. Returns how many changed what is stored.

        - Its bucket has none: announced; but after the start of a tape the exchange's candles, and
          those that begin with trades recovered late, are versions even then.
        - Its bucket has one: stored as another version.
        - It equals a stored version: nothing changes, unless that one was superseded since: then it
          is the newest again.

        Of equally good versions the newest saved is the best.
        """

    @abstractmethod
    def count_replaced(self, candles: Sequence[Candle]) -> int:
        """Return how many stored best versions `save` would replace with different ones."""

    @abstractmethod
    def announced(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the candles as live folds saw them: for replays."""

    @abstractmethod
    def best(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the best version of each candle: for charts and new backtests."""

    @abstractmethod
    def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        limit: int,
        before: datetime | None = None,
    ) -> list[Candle]:
        """Return the best versions of the newest candles opened before `before`, oldest first."""

    @abstractmethod
    def frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        """Return the best versions as columns, read fast; see `fill_gaps` for `gaps`.

        None: only what is stored.
        """

    @abstractmethod
    def announced_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        """Return the announced versions as columns, read fast: the input of live decisions."""

    @abstractmethod
    def stored_span(self, instrument: InstrumentId, timeframe: Timeframe) -> TimeSpan | None:
        """Return the span from the first stored candle's opening to the last one's close.

        None if none is stored. Two index look-ups, however long the span is: clip requested
        spans to it before reading.
        """

    @abstractmethod
    def newest(
        self, series: Collection[tuple[InstrumentId, Timeframe]]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        """Return the open time of the newest stored candle of each series that has one."""

    @abstractmethod
    def versions(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        """Return the versions that were not announced, in order of arrival within a bucket."""

    @abstractmethod
    def stored(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[StoredCandle]:
        """Return every stored candle with its seal: `announced`, and after each its `versions`."""

    @abstractmethod
    def add_coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, spans: Iterable[TimeSpan]
    ) -> None:
        """Record that every existing candle of these spans is stored."""

    @abstractmethod
    def coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[TimeSpan]:
        """Return the covered parts of a span, joined: recorded coverage, and tape less holes."""


class InstrumentDataRepository(ABC):
    """All stored data of an instrument."""

    @abstractmethod
    def stored_rows(self, instrument: InstrumentId) -> dict[str, int]:
        """Return how many rows each table holds of an instrument, without empty tables."""

    @abstractmethod
    def delete(self, instrument: InstrumentId) -> None:
        """Delete all stored data of an instrument, its facts included, in one transaction.

        Its number is kept. Raises TapeTaken while a collector or an import writes its tape.
        """


class HistoryRequestRepository(ABC):
    """The times from which candles are requested: written by engines, served by collectors."""

    @abstractmethod
    def replace(self, history_requests: Mapping[tuple[InstrumentId, Timeframe], datetime]) -> None:
        """Replace all requests with these, in one transaction."""

    @abstractmethod
    def of(
        self, instruments: Iterable[InstrumentId]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        """Return the requests for some instruments."""


class CollectorStatusRepository(ABC):
    """The last status of each collector."""

    @abstractmethod
    def save(self, statuses: Sequence[CollectorStatus]) -> None:
        """Insert or replace statuses, by collector name."""

    @abstractmethod
    def all(self) -> list[CollectorStatus]:
        """Return every collector's last status, by name."""
