"""Sweeps: studies, and every trial of them."""

from sqlalchemy import ForeignKey, Identity, Index, PrimaryKeyConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Words


class StudyRow(Base):
    """What trials share; `digest` names all of it."""

    __tablename__ = "study"
    __table_args__ = (Index(None, "strategy", "instrument"),)

    begun_at: Mapped[Instant] = mapped_column(server_default=func.now())
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    digest: Mapped[Words] = mapped_column(unique=True)
    strategy: Mapped[Words]
    instrument: Mapped[Words]
    config: Mapped[Words]
    data_digest: Mapped[Words]
    code_digest: Mapped[Words]


class TrialRow(Base):
    """One parameter set; `metrics` is JSON as text, for its numbers to keep their last bit."""

    __tablename__ = "trial"
    __table_args__ = (PrimaryKeyConstraint("study_id", "parameters"),)

    finished_at: Mapped[Instant] = mapped_column(server_default=func.now())
    sharpe: Mapped[float | None]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    parameters: Mapped[Words]
    metrics: Mapped[Words]
    problem: Mapped[Words]
