"""The tape: trades, where it ends, what is missing from it, and its days."""

from sqlalchemy import ForeignKey, Index, PrimaryKeyConstraint, SmallInteger, true
from sqlalchemy.orm import Mapped, mapped_column

from data.market.seals import SIDE_CODES
from database.models.base import Base, Big, Bytes, Exact, Instant, Small, Str

__all__ = [
    "SIDE_CODES",
    "HoleRow",
    "LateSealRow",
    "TapeDayRow",
    "TapeEndRow",
    "TapeSealRow",
    "TradeRow",
]


class TradeRow(Base):
    """One public trade.

    Wide fixed columns come first, to avoid padding. The key serves deduplication and reads by time,
    and includes the time, as a hypertable requires; there is no foreign key, which would be checked
    once per row on the hot path.
    """

    __tablename__ = "trade"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "time", "trade_id"),)

    time: Mapped[Instant]
    trade_id: Mapped[Big]
    exchange_time: Mapped[Instant]
    instrument_id: Mapped[int]
    match_count: Mapped[int]
    side: Mapped[int] = mapped_column(SmallInteger, comment="the taker's: 1 buy, -1 sell")
    exchange_source: Mapped[Small]
    on_tape: Mapped[bool] = mapped_column(server_default=true())
    price: Mapped[Exact]
    size: Mapped[Exact]


class TapeEndRow(Base):
    """The start and end of a tape: the collector's watermark, committed with the rows.

    The columns `seal_*` are the open link of its seals, up to the end; see TapeSealRow.
    """

    __tablename__ = "tape_end"

    time: Mapped[Instant]
    trade_id: Mapped[Big]
    first_time: Mapped[Instant]
    first_trade_id: Mapped[Big]
    seal_after_id: Mapped[Big | None]
    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id"), primary_key=True, autoincrement=False
    )
    seal_previous: Mapped[Bytes | None]
    seal_digest: Mapped[Bytes | None]


class TapeSealRow(Base):
    """A closed link of a tape's seals: the rows on the tape after `after_id` up to `trade_id`."""

    __tablename__ = "tape_seal"
    __table_args__ = (
        PrimaryKeyConstraint("instrument_id", "trade_id"),
        Index("tape_seal_instrument_id_time_idx", "instrument_id", "time"),
    )

    time: Mapped[Instant] = mapped_column(comment="the last row's")
    trade_id: Mapped[Big]
    after_id: Mapped[Big]
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    previous: Mapped[Bytes] = mapped_column(comment="the digest of the previous link")
    digest: Mapped[Bytes]


class LateSealRow(Base):
    """The late rows of a minute: their number, and the sum of their digests."""

    __tablename__ = "late_seal"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "time"),)

    time: Mapped[Instant] = mapped_column(comment="the start of the minute")
    rows: Mapped[Big]
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    digest: Mapped[Exact]


class HoleRow(Base):
    """Trade ids missing from a tape."""

    __tablename__ = "hole"
    __table_args__ = (PrimaryKeyConstraint("instrument_id", "first_trade_id", "last_trade_id"),)

    first_trade_id: Mapped[Big]
    last_trade_id: Mapped[Big]
    after_time: Mapped[Instant]
    before_time: Mapped[Instant]
    detected_at: Mapped[Instant]
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    state: Mapped[Str]


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
