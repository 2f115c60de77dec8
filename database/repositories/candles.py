"""Candles in PostgreSQL."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data import (
    Candle,
    CandleFrame,
    Gaps,
    InstrumentId,
    Timeframe,
    TimeSpan,
    fill_gaps,
)
from data.market.seals import StoredCandle
from data.ports import CandleRepository
from database.engine import Database, raw_cursor
from database.models.candle import CandleCheckRow, CandleRow
from database.repositories import candle_queries
from database.repositories.candle_frames import read_frame
from database.repositories.candle_queries import Span
from database.repositories.candle_rows import candle_of, count_replaced, store_candles
from database.repositories.keys import InstrumentKeys
from database.repositories.rows import Rows, as_parameters, change

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class SqlCandleRepository(CandleRepository):
    """The tables `candle`, `candle_check` and `coverage`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)

    def save(self, candles: Sequence[Candle]) -> int:
        keys = self._keys.ensure(candle.instrument for candle in candles)
        names = ", ".join(sorted(map(str, keys)))
        with self._database.session(f"saving {len(candles)} candles of {names}") as session:
            return store_candles(raw_cursor(session), keys, candles)

    def count_replaced(self, candles: Sequence[Candle]) -> int:
        keys = self._keys.ensure(candle.instrument for candle in candles)
        with self._database.session(f"comparing {len(candles)} candles") as session:
            return count_replaced(raw_cursor(session), keys, candles)

    def announced(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            return _fetch(session, candle_queries.ANNOUNCED, span, instrument, timeframe)

    def best(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            return _fetch(session, candle_queries.best(session, span), span, instrument, timeframe)

    def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        limit: int,
        before: datetime | None = None,
    ) -> list[Candle]:
        end = before or _END_OF_TIME
        span = self._span(instrument, timeframe, end, end)
        with self._reading(instrument, timeframe) as session:
            start = candle_queries.start_of_latest(session, span, limit)
            if start is None:
                return []
            span = span._replace(start=start)
            return _fetch(session, candle_queries.best(session, span), span, instrument, timeframe)

    def frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            query = candle_queries.best(session, span)
            return _filled(
                session, read_frame(session, query, instrument, timeframe, span), span, gaps
            )

    def announced_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps | None = "flat",
    ) -> CandleFrame:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            query = candle_queries.ANNOUNCED
            return _filled(
                session, read_frame(session, query, instrument, timeframe, span), span, gaps
            )

    def stored_span(self, instrument: InstrumentId, timeframe: Timeframe) -> TimeSpan | None:
        key, operation = (
            self._keys.find(instrument),
            f"reading the span of {instrument} {timeframe}",
        )
        with self._database.session(operation) as session:
            ends = [
                session.execute(
                    select(func.min(rows.open_time), func.max(rows.open_time)).where(
                        rows.instrument_id == key, rows.timeframe_s == timeframe.seconds
                    )
                ).one()
                for rows in (CandleRow, CandleCheckRow)
            ]
        opened = [time for pair in ends for time in pair if time is not None]
        return TimeSpan(min(opened), max(opened) + timeframe.duration) if opened else None

    def newest(
        self, series: Collection[tuple[InstrumentId, Timeframe]]
    ) -> dict[tuple[InstrumentId, Timeframe], datetime]:
        numbers = {(self._keys.find(name), frame.seconds): (name, frame) for name, frame in series}
        known = [(key, seconds) for key, seconds in numbers if key is not None]
        parameters = as_parameters(candle_queries.SERIES, known)
        with self._database.session("reading the newest candles") as session:
            rows = session.execute(candle_queries.NEWEST, parameters)
            return {numbers[key, seconds]: time for key, seconds, time in rows}

    def versions(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[Candle]:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            return _fetch(session, candle_queries.VERSIONS, span, instrument, timeframe)

    def stored(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[StoredCandle]:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            rows = session.execute(candle_queries.STORED, span._asdict())
            return [
                StoredCandle(
                    candle_of(instrument, timeframe, row[2:]),
                    row[0],
                    None if row[1] is None else bytes(row[1]),
                )
                for row in rows
            ]

    def add_coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, spans: Iterable[TimeSpan]
    ) -> None:
        covered = [span for span in spans if span.start < span.end]
        if not covered:
            return
        parameters: dict[str, object] = {
            "key": self._keys.ensure([instrument])[instrument],
            "timeframe_s": timeframe.seconds,
            **as_parameters(candle_queries.COVERED, ((span.start, span.end) for span in covered)),
        }
        operation = f"recording coverage of {instrument} {timeframe}"
        with self._database.session(operation) as session:
            change(session, candle_queries.ADD_COVERAGE, parameters)

    def coverage(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> list[TimeSpan]:
        span = self._span(instrument, timeframe, start, end)
        with self._reading(instrument, timeframe) as session:
            return _known(session, span)

    def _span(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, end: datetime
    ) -> Span:
        return Span(self._keys.find(instrument), timeframe.seconds, start, end)

    @contextmanager
    def _reading(self, instrument: InstrumentId, timeframe: Timeframe) -> Iterator[Session]:
        operation = f"reading {timeframe} candles of {instrument}"
        with self._database.session(operation) as session:
            yield session


def _fetch(
    session: Session, query: Rows, span: Span, instrument: InstrumentId, timeframe: Timeframe
) -> list[Candle]:
    rows = session.execute(query, span._asdict())
    return [candle_of(instrument, timeframe, row) for row in rows]


def _filled(session: Session, frame: CandleFrame, span: Span, gaps: Gaps | None) -> CandleFrame:
    return frame if gaps is None else fill_gaps(frame, _known(session, span), gaps)


def _known(session: Session, span: Span) -> list[TimeSpan]:
    rows = session.execute(candle_queries.KNOWN, span._asdict())
    return [TimeSpan(start, end) for start, end in rows]
