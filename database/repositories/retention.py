"""Retention in PostgreSQL: small transactions; whole chunks where TimescaleDB can drop them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Delete,
    and_,
    cast,
    delete,
    extract,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, insert
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from data import Cursor, InstrumentId, Timeframe
from data.retention import DayDeletion, DropReason, StoredSeries, StoredTape, TapeDay
from data.retention.digest import line_of
from data.retention.ports import RetentionRepository
from data.retention.values import DAY, needed_from
from database.engine import Database
from database.models import (
    CandleCheckRow,
    CandleEdgeRow,
    CandleRow,
    CoverageRow,
    InstrumentRow,
    LateSealRow,
    SignalGroupRow,
    SignalRequestRow,
    TapeDayRow,
    TapeEndRow,
    TapeSealRow,
    TradeRow,
)
from database.repositories.candle_queries import rank_of
from database.repositories.keys import InstrumentKeys
from database.repositories.rows import Rows, as_parameters, change, given_rows
from database.timescale_info import read_timescale_info

PLAIN_BYTES_PER_TRADE = 130.0
"""Of a plain table with its index, measured by scripts/benchmarks/bench_timescale.py. The size
of the table is no measure: deleted rows leave free space inside it.
"""
_ROWS_AT_A_TIME = 10_000
_ROWS_OF_A_READ = 20_000
_ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_NAME = (InstrumentRow.exchange, InstrumentRow.symbol)
_DAY = (
    *_NAME,
    TapeDayRow.day,
    TapeDayRow.rows,
    TapeDayRow.on_tape,
    TapeDayRow.first_trade_id,
    TapeDayRow.last_trade_id,
    TapeDayRow.digest,
    TapeDayRow.verified_at,
    TapeDayRow.problem,
    TapeDayRow.dropped_at,
    TapeDayRow.reason,
    TapeDayRow.forced,
)
_TIMEFRAMES = {timeframe.seconds: timeframe for timeframe in Timeframe}


class SqlRetentionRepository(RetentionRepository):
    """The tables `trade`, `candle`, `candle_check`, `tape_day` and `candle_edge`."""

    def __init__(self, database: Database, *, rows_at_a_time: int = _ROWS_AT_A_TIME) -> None:
        self._database = database
        self._keys = InstrumentKeys(database)
        self._rows_at_a_time = rows_at_a_time

    def tapes(self) -> list[StoredTape]:
        # The first row of each key by a skip scan of the primary key, not a scan of all rows.
        oldest = (
            select(TradeRow.time)
            .where(TradeRow.instrument_id == TapeEndRow.instrument_id)
            .order_by(TradeRow.time, TradeRow.trade_id)
            .limit(1)
            .lateral("oldest")
        )
        statement = (
            select(*_NAME, oldest.c.time, TapeEndRow.time, TapeEndRow.trade_id)
            .select_from(TapeEndRow)
            .join(InstrumentRow, InstrumentRow.id == TapeEndRow.instrument_id)
            .join(oldest, true())
            .order_by(*_NAME)
        )
        return [
            StoredTape(
                instrument=InstrumentId(exchange, symbol),
                first_time=first_time,
                end=Cursor(time, trade_id),
            )
            for exchange, symbol, first_time, time, trade_id in self._rows(statement)
        ]

    def days(self) -> list[TapeDay]:
        statement = (
            select(*_DAY)
            .join(InstrumentRow, InstrumentRow.id == TapeDayRow.instrument_id)
            .order_by(TapeDayRow.day, *_NAME)
        )
        return [_day(row) for row in self._rows(statement)]

    def summarize_day(
        self, instrument: InstrumentId, day: datetime, now: datetime
    ) -> TapeDay | None:
        in_day = _in_day(TradeRow, self._keys.find(instrument), day)
        with self._database.session(f"reading a day of {instrument}") as session:
            # One snapshot of the table for the count and the digest.
            session.connection(execution_options=_ONE_SNAPSHOT)
            rows = session.scalars(select(func.count()).where(in_day)).one()
            if not rows:
                return None
            on_tape, first, last, digest = _digest(session, in_day)
        return TapeDay(
            instrument=instrument,
            day=day,
            rows=rows,
            on_tape=on_tape,
            first_trade_id=first,
            last_trade_id=last,
            digest=digest,
            verified_at=now,
        )

    def note(self, day: TapeDay) -> None:
        with self._database.session(
            f"storing the verification of a day of {day.instrument}"
        ) as session:
            self._note(session, day)

    def drop_chunk(self, days: Sequence[TapeDay]) -> None:
        if not days:
            return
        name, day = TradeRow.__tablename__, days[0].day
        keys = [self._keys.find(each.instrument) for each in days]
        times = [cast(literal(time), DateTime(timezone=True)) for time in (day + DAY, day)]
        with self._database.session("dropping chunks of trades") as session:
            if name not in read_timescale_info(session.connection()).hypertables:
                return
            if not session.scalar(_has_others(keys, day)):
                session.execute(select(func.drop_chunks(name, *times)))

    def drop_day(self, day: TapeDay, dropped: DayDeletion) -> int:
        key = self._keys.find(day.instrument)
        self._delete(_some_of_day(key, day.day, self._rows_at_a_time))
        with self._database.session(f"storing a dropped day of {day.instrument}") as session:
            for statement in _seals_of_day(key, day.day):
                change(session, statement)
            self._note(session, day, dropped)
        return day.rows

    def bytes_per_trade(self) -> float:
        name = TradeRow.__tablename__
        statement = select(
            func.hypertable_size(name), func.greatest(func.approximate_row_count(name), 0)
        )
        with self._database.session("measuring the tape") as session:
            if name not in read_timescale_info(session.connection()).hypertables:
                return PLAIN_BYTES_PER_TRADE
            size, rows = session.execute(statement).one()
        return float(size) / rows if rows else PLAIN_BYTES_PER_TRADE

    def rows_after(self, instrument: InstrumentId, time: datetime) -> int:
        statement = select(func.count()).where(
            TradeRow.instrument_id == self._keys.find(instrument), TradeRow.time >= time
        )
        ((rows,),) = self._rows(statement)
        return int(rows)

    def series(self) -> list[StoredSeries]:
        rows = self._rows(_series(), as_parameters([CandleRow.timeframe_s], zip(_TIMEFRAMES)))
        return [
            StoredSeries(
                instrument=InstrumentId(exchange, symbol),
                timeframe=(timeframe := _TIMEFRAMES[seconds]),
                oldest=oldest,
                newest=newest,
                needed_from=needed_from(followed_to, timeframe),
            )
            for exchange, symbol, seconds, oldest, newest, followed_to in rows
        ]

    def drop_candles(self, instrument: InstrumentId, timeframe: Timeframe, before: datetime) -> int:
        key = {"instrument_id": self._keys.find(instrument), "timeframe_s": timeframe.seconds}
        edge = insert(CandleEdgeRow).values(**key, time=before)
        edge = edge.on_conflict_do_update(
            index_elements=["instrument_id", "timeframe_s"],
            set_={"time": func.greatest(CandleEdgeRow.time, edge.excluded.time)},
        )
        dropped = func.tstzmultirange(func.tstzrange(null(), before), type_=TSTZMULTIRANGE)
        coverage = update(CoverageRow).filter_by(**key).values(spans=CoverageRow.spans - dropped)
        # Marked unknown first: a span whose candles are half deleted must not be read as empty.
        with self._database.session(f"deleting {timeframe} candles of {instrument}") as session:
            change(session, coverage)
            session.execute(edge)
        limit = self._rows_at_a_time
        versions = select(CandleCheckRow.id).filter_by(**key)
        self._delete(
            delete(CandleCheckRow).where(
                CandleCheckRow.id.in_(
                    versions.where(CandleCheckRow.open_time < before).limit(limit)
                )
            )
        )
        oldest = (
            select(CandleRow.open_time)
            .filter_by(**key)
            .where(CandleRow.open_time < before)
            .order_by(CandleRow.open_time)
            .limit(limit)
            .subquery("oldest")
        )
        last = select(func.max(oldest.c.open_time)).scalar_subquery()
        return self._delete(
            delete(CandleRow)
            .filter_by(**key)
            .where(CandleRow.open_time < before, CandleRow.open_time <= last)
        )

    def drop_versions(self, before: datetime) -> int:
        outdone = _outdone(before).limit(self._rows_at_a_time)
        return self._delete(delete(CandleCheckRow).where(CandleCheckRow.id.in_(outdone)))

    def _delete(self, statement: Delete) -> int:
        """Delete in small transactions, so that other writers wait only briefly."""
        total = 0
        while True:
            with self._database.session("deleting expired rows") as session:
                deleted = change(session, statement)
            total += deleted
            if deleted < self._rows_at_a_time:
                return total

    def _note(self, session: Session, day: TapeDay, dropped: DayDeletion | None = None) -> None:
        dropped = dropped or day.dropped
        statement = insert(TapeDayRow).values(
            instrument_id=self._keys.find(day.instrument),
            day=day.day,
            rows=day.rows,
            on_tape=day.on_tape,
            first_trade_id=day.first_trade_id,
            last_trade_id=day.last_trade_id,
            digest=day.digest,
            verified_at=day.verified_at,
            problem=day.problem,
            dropped_at=dropped and dropped.at,
            reason=dropped.reason if dropped else "",
            forced=dropped.forced if dropped else "",
        )
        new = {column.key: statement.excluded[column.key] for column in _DAY[len(_NAME) + 1 :]}
        session.execute(
            statement.on_conflict_do_update(index_elements=["instrument_id", "day"], set_=new)
        )

    def _rows(
        self, statement: Rows, parameters: dict[str, list[object]] | None = None
    ) -> Sequence[Any]:
        with self._database.session("reading the stored days") as session:
            return session.execute(statement, parameters).all()


def _in_day(
    row: type[TradeRow | LateSealRow | TapeSealRow], key: int | None, day: datetime
) -> ColumnElement[bool]:
    return and_(row.instrument_id == key, row.time >= day, row.time < day + DAY)


def _microseconds(time: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    return cast(extract("epoch", time) * 1_000_000, BigInteger)


def _digest(session: Session, in_day: ColumnElement[bool]) -> tuple[int, int, int, str]:
    """Return the number of trades on the tape, the first and last id, and their digest."""
    found, count, first, last = sha256(), 0, 0, 0
    statement = (
        select(
            TradeRow.trade_id,
            _microseconds(TradeRow.time),
            _microseconds(TradeRow.exchange_time),
            TradeRow.match_count,
            TradeRow.side,
            TradeRow.exchange_source,
            TradeRow.price,
            TradeRow.size,
        )
        .where(in_day, TradeRow.on_tape)
        .order_by(TradeRow.time, TradeRow.trade_id)
        # Read in slices: one array of a whole day would need too much memory.
        .execution_options(yield_per=_ROWS_OF_A_READ)
    )
    for row in session.execute(statement):
        first, last, count = first or row[0] - row[3] + 1, row[0], count + 1
        found.update(line_of(*row))
    return count, first, last, found.hexdigest()


def _some_of_day(key: int | None, day: datetime, limit: int) -> Delete:
    """Return the deletion of the oldest trades of a day."""
    in_day = _in_day(TradeRow, key, day)
    place = (TradeRow.time, TradeRow.trade_id)
    oldest = select(*place).where(in_day).order_by(*place).limit(limit).subquery("oldest")
    last = select(*oldest.c).order_by(*(column.desc() for column in oldest.c)).limit(1)
    # By place, not by ctid: chunks number their rows separately.
    return delete(TradeRow).where(in_day, tuple_(*place) <= last.scalar_subquery())


def _seals_of_day(key: int | None, day: datetime) -> tuple[Delete, Delete]:
    """Return the deletions of a day's seals; the last link stays: the tape continues from it."""
    link = aliased(TapeSealRow)
    last = select(func.max(link.trade_id)).where(_in_day(link, key, day)).scalar_subquery()
    return (
        delete(LateSealRow).where(_in_day(LateSealRow, key, day)),
        delete(TapeSealRow).where(_in_day(TapeSealRow, key, day), TapeSealRow.trade_id < last),
    )


def _has_others(keys: Iterable[int | None], day: datetime) -> Rows:
    """Return the query of whether an instrument beside those has a trade on a day."""
    trade = (
        select(TradeRow.trade_id)
        .where(
            TradeRow.instrument_id == InstrumentRow.id,
            TradeRow.time >= day,
            TradeRow.time < day + DAY,
        )
        .limit(1)
        .lateral("trade_of_day")
    )
    others = select(InstrumentRow.id).join(trade, true())
    return select(others.where(InstrumentRow.id.not_in(list(keys))).exists())


def _series() -> Rows:
    """Return the query of every series with its first, last and first needed time."""
    series = given_rows(CandleRow.timeframe_s, name="series")
    times = select(CandleRow.open_time.label("time")).where(
        CandleRow.instrument_id == InstrumentRow.id,
        CandleRow.timeframe_s == series.c.timeframe_s,
    )
    oldest = times.order_by(CandleRow.open_time).limit(1).lateral("oldest")
    newest = times.order_by(CandleRow.open_time.desc()).limit(1).lateral("newest")
    followed_to = (
        select(func.min(SignalGroupRow.evaluated_to))
        .join(SignalRequestRow, SignalRequestRow.group_id == SignalGroupRow.id)
        .where(
            SignalGroupRow.instrument_id == InstrumentRow.id,
            SignalGroupRow.timeframe_s == series.c.timeframe_s,
        )
        .scalar_subquery()
    )
    return (
        select(*_NAME, series.c.timeframe_s, oldest.c.time, newest.c.time, followed_to)
        .select_from(InstrumentRow)
        .join(series, true())
        .join(oldest, true())
        .join(newest, true())
        .order_by(*_NAME, series.c.timeframe_s)
    )


def _outdone(before: datetime) -> Rows:
    """Return the query of versions that are never the best one of their candle."""
    version, other = CandleCheckRow, aliased(CandleCheckRow)
    announced = select(literal(0).label("id"), CandleRow.source, CandleRow.complete).where(
        CandleRow.instrument_id == version.instrument_id,
        CandleRow.timeframe_s == version.timeframe_s,
        CandleRow.open_time == version.open_time,
    )
    others = select(other.id, other.source, other.complete).where(
        other.instrument_id == version.instrument_id,
        other.timeframe_s == version.timeframe_s,
        other.open_time == version.open_time,
    )
    rest = union_all(announced.correlate(version), others.correlate(version)).subquery("rest")
    is_better = tuple_(rank_of(rest.c), -rest.c.id) < tuple_(rank_of(version), -version.id)
    return select(version.id).where(
        version.open_time < before, select(rest.c.id).where(is_better).exists()
    )


def _day(row: tuple[Any, ...]) -> TapeDay:
    exchange, symbol, day, rows, on_tape, first, last, digest, verified_at, problem = row[:10]
    dropped_at, reason, forced = row[10:]
    return TapeDay(
        instrument=InstrumentId(exchange, symbol),
        day=day,
        rows=rows,
        on_tape=on_tape,
        first_trade_id=first,
        last_trade_id=last,
        digest=digest,
        verified_at=verified_at,
        problem=problem,
        dropped=dropped_at and DayDeletion(at=dropped_at, reason=DropReason(reason), forced=forced),
    )
