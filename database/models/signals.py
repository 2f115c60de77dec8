"""Signals: requests, evaluation progress, strategy files and their verifications."""

from sqlalchemy import ForeignKey, Identity, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Json, Small, Str


class SignalGroupRow(Base):
    """A parameter set evaluated once for all its requests, and the close time it has reached."""

    __tablename__ = "signal_group"
    __table_args__ = (
        UniqueConstraint(
            "instrument_id", "timeframe_s", "strategy", "version", "parameters",
            name="signal_group_name_key",
        ),
    )  # fmt: skip

    started_from: Mapped[Instant]
    evaluated_to: Mapped[Instant]
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]
    strategy: Mapped[Str]
    version: Mapped[Str]
    parameters: Mapped[Str]


class SignalRow(Base):
    """A change of a group's target."""

    __tablename__ = "signal"
    __table_args__ = (PrimaryKeyConstraint("group_id", "close_time"),)

    close_time: Mapped[Instant]
    group_id: Mapped[int] = mapped_column(ForeignKey("signal_group.id"))
    direction: Mapped[Small] = mapped_column(comment="the target: -1 short, 0 flat, 1 long")
    reason: Mapped[Str]
    window_digest: Mapped[Str]


class SignalSkipRow(Base):
    """A run of candles that a group did not evaluate; both close times are included."""

    __tablename__ = "signal_skip"
    __table_args__ = (PrimaryKeyConstraint("group_id", "first_close_time"),)

    first_close_time: Mapped[Instant]
    last_close_time: Mapped[Instant]
    group_id: Mapped[int] = mapped_column(ForeignKey("signal_group.id"))
    reason: Mapped[Str]


class SignalRequestRow(Base):
    """A request for signals by its owner, and its state."""

    __tablename__ = "signal_request"

    requester: Mapped[Str] = mapped_column(primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    timeframe_s: Mapped[int]
    allow_unverified: Mapped[bool]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("signal_group.id"))
    strategy: Mapped[Str]
    parameters: Mapped[Str]
    title: Mapped[Str]
    problem: Mapped[Str]


class StrategyFileRow(Base):
    """A strategy file as last found, in serialized form."""

    __tablename__ = "strategy_file"

    path: Mapped[Str] = mapped_column(primary_key=True)
    file: Mapped[Json]


class StrategyVerificationRow(Base):
    """The result of verifying a strategy; `report` holds lines of text."""

    __tablename__ = "strategy_verification"
    __table_args__ = (PrimaryKeyConstraint("strategy", "version", "parameters"),)

    verified_at: Mapped[Instant]
    passed: Mapped[bool]
    strategy: Mapped[Str]
    version: Mapped[Str]
    parameters: Mapped[Str]
    report: Mapped[Json]
