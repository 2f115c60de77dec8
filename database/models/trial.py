"""Sweeps and their trials."""

from sqlalchemy import ForeignKey, Identity, Index, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Str


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
