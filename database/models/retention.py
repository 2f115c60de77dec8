"""Retention records: summarized days of tapes, and the edges before which candles were dropped."""

from sqlalchemy import ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Big, Instant, Str


class TapeDayRow(Base):
    """A whole UTC day of one tape, summarized after its end; see TapeDay."""

    __tablename__ = "tape_day"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "day"),)

    day: Mapped[Instant]
    rows: Mapped[Big]
    on_tape: Mapped[Big]
    first_trade_id: Mapped[Big]
    last_trade_id: Mapped[Big]
    verified_at: Mapped[Instant]
    dropped_at: Mapped[Instant | None]
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    digest: Mapped[Str]
    problem: Mapped[Str]
    reason: Mapped[Str] = mapped_column(comment="why it was dropped")
    forced: Mapped[Str] = mapped_column(comment="what still required it")


class CandleEdgeRow(Base):
    """Candles that open before `time` were dropped: unknown, though they once existed."""

    __tablename__ = "candle_edge"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "timeframe_s"),)

    time: Mapped[Instant] = mapped_column(comment="candles that open before it were dropped")
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]
