"""Candles as announced, their other versions, covered spans, and history requests."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Identity, Index, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from data import CandleSource
from database.models.base import Base, Big, Bytes, Exact, Instant

SOURCE_CODES = {CandleSource.TRADES: 1, CandleSource.EXCHANGE: 2}

_KEY = ("instrument_id", "timeframe_s", "open_time")
_VALUES = (
    "source", "complete", "open", "high", "low", "close", "volume", "trade_count",
    "first_trade_id", "last_trade_id",
)  # fmt: skip


class _CandleColumns:
    """The columns of a candle, wide fixed ones first. Ids and count are null for exchange's."""

    open_time: Mapped[Instant]
    trade_count: Mapped[Big | None]
    first_trade_id: Mapped[Big | None]
    last_trade_id: Mapped[Big | None]
    instrument_id: Mapped[int]
    timeframe_s: Mapped[int]
    source: Mapped[int] = mapped_column(SmallInteger, comment="1 trades, 2 exchange")
    complete: Mapped[bool]
    open: Mapped[Exact]
    high: Mapped[Exact]
    low: Mapped[Exact]
    close: Mapped[Exact]
    volume: Mapped[Exact]
    digest: Mapped[Bytes | None] = mapped_column(comment="of all other columns")


class CandleRow(_CandleColumns, Base):
    """Each candle as live folds saw it; an announced candle never changes."""

    __tablename__ = "candle"
    __table_args__ = (PrimaryKeyConstraint(*_KEY),)


class CandleCheckRow(_CandleColumns, Base):
    """A version that was not announced, stored once, numbered in order of arrival."""

    __tablename__ = "candle_check"
    __table_args__ = (
        Index("candle_check_version_key", *_KEY, *_VALUES, unique=True,
              postgresql_nulls_not_distinct=True),
    )  # fmt: skip

    id: Mapped[Big] = mapped_column(Identity(always=True), primary_key=True)


class CoverageRow(Base):
    """The spans of which every existing candle is stored; PostgreSQL joins them."""

    __tablename__ = "coverage"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "timeframe_s"),)

    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]
    spans: Mapped[Sequence[Range[datetime]]] = mapped_column(TSTZMULTIRANGE)


class HistoryRequestRow(Base):
    """The time from which candles are needed that may not be stored yet."""

    __tablename__ = "history_request"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "timeframe_s"),)

    since: Mapped[Instant]
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]


class CandleEdgeRow(Base):
    """Candles that open before `time` were dropped: unknown, though they once existed."""

    __tablename__ = "candle_edge"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "timeframe_s"),)

    time: Mapped[Instant] = mapped_column(comment="candles that open before it were dropped")
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]
