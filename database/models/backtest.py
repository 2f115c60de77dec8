"""Kept backtests with their round trips and equity; sweeps and their trials."""

from typing import Any

from sqlalchemy import (
    ForeignKey,
    Identity,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Big, Exact, Instant, Small, Str


class BacktestRow(Base):
    """One backtest; its three digests show whether another run would be the same."""

    __tablename__ = "backtest"
    __table_args__ = (
        UniqueConstraint("config_digest", "data_digest", "code_digest", name="backtest_run_key"),
        Index("backtest_created_at_idx", "created_at"),
        Index("backtest_strategy_idx", "strategy", "instrument"),
    )

    id: Mapped[Big] = mapped_column(Identity(always=True), primary_key=True)
    created_at: Mapped[Instant]
    start_time: Mapped[Instant]
    end_time: Mapped[Instant]
    drilled_candles: Mapped[int]
    instrument: Mapped[Str]
    timeframe: Mapped[Str]
    strategy: Mapped[Str]
    config_digest: Mapped[Str]
    data_digest: Mapped[Str]
    code_digest: Mapped[Str]
    intrabar_digest: Mapped[Str]
    outcome_digest: Mapped[Str]
    note: Mapped[Str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    quality: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reconciled: Mapped[list[Any]] = mapped_column(JSONB)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB)
    warnings: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")


class BacktestRoundTripRow(Base):
    """One closed round trip; see RoundTrip."""

    __tablename__ = "backtest_round_trip"
    __table_args__ = (PrimaryKeyConstraint("backtest_id", "number"),)

    backtest_id: Mapped[Big] = mapped_column(ForeignKey("backtest.id", ondelete="CASCADE"))
    entry_time: Mapped[Instant]
    exit_time: Mapped[Instant]
    number: Mapped[int]
    side: Mapped[int] = mapped_column(SmallInteger, comment="1 long, -1 short")
    exit_reason: Mapped[Small]
    size: Mapped[Exact]
    entry_price: Mapped[Exact]
    exit_price: Mapped[Exact]
    entry_value: Mapped[Exact]
    exit_value: Mapped[Exact]
    fees: Mapped[Exact]
    profit: Mapped[Exact]
    adverse: Mapped[Exact]
    favourable: Mapped[Exact]
    risk: Mapped[Exact]


class BacktestEquityRow(Base):
    """Equity at a candle's close; see EquitySample."""

    __tablename__ = "backtest_equity"
    __table_args__ = (PrimaryKeyConstraint("backtest_id", "time"),)

    backtest_id: Mapped[Big] = mapped_column(ForeignKey("backtest.id", ondelete="CASCADE"))
    time: Mapped[Instant]
    equity: Mapped[Exact]
    position_value: Mapped[Exact]
    benchmark: Mapped[Exact | None]


class SweepKeyRow(Base):
    """The settings that the trials of a sweep share; `digest` identifies all of them."""

    __tablename__ = "sweep"
    __table_args__ = (Index(None, "strategy", "instrument"),)

    started_at: Mapped[Instant] = mapped_column(server_default=func.now())
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    digest: Mapped[Str] = mapped_column(unique=True)
    strategy: Mapped[Str]
    instrument: Mapped[Str]
    config: Mapped[Str]
    data_digest: Mapped[Str]
    code_digest: Mapped[Str]


class TrialRow(Base):
    """One parameter set; `metrics` is JSON as text, so that numbers keep their last bit."""

    __tablename__ = "trial"
    __table_args__ = (PrimaryKeyConstraint("sweep_id", "parameters"),)

    finished_at: Mapped[Instant] = mapped_column(server_default=func.now())
    sharpe: Mapped[float | None]
    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweep.id"))
    parameters: Mapped[Str]
    metrics: Mapped[Str]
    problem: Mapped[Str]
