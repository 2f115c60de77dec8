"""Telemetry series, samples, history, and the last reports of processes and collectors."""

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Big, Instant, Json, Str


class TelemetrySeriesRow(Base):
    """One metric of one subject with its newest value, which is updated in place."""

    __tablename__ = "telemetry_series"
    __table_args__ = (
        Index("telemetry_series_subject_name_key", "subject", "name", unique=True),
        # Free space on every page: an update stays on its page and touches no index.
        {"postgresql_with": {"fillfactor": 50}},
    )

    latest_time: Mapped[Instant]
    latest_value: Mapped[float]
    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[Str]
    name: Mapped[Str]


class TelemetrySampleRow(Base):
    """One sample. No foreign key: it would be checked for every row."""

    __tablename__ = "telemetry_sample"
    __table_args__ = (PrimaryKeyConstraint("series_id", "time"),)

    time: Mapped[Instant]
    value: Mapped[float]
    series_id: Mapped[int]


class TelemetryHistoryRow(Base):
    """Ten minutes of one series."""

    __tablename__ = "telemetry_history"
    __table_args__ = (PrimaryKeyConstraint("series_id", "time"),)

    time: Mapped[Instant]
    low: Mapped[float]
    total: Mapped[float]
    high: Mapped[float]
    samples: Mapped[Big]
    series_id: Mapped[int]


class ProcessRow(Base):
    """The last report of a process, and its supervisor's last snapshot of it."""

    __tablename__ = "process"

    reported_at: Mapped[Instant | None]
    snapshot_at: Mapped[Instant | None]
    name: Mapped[Str] = mapped_column(primary_key=True)
    report: Mapped[Json | None]
    snapshot: Mapped[Json | None]


class CollectorStatusRow(Base):
    """The last status of one collector, in serialized form."""

    __tablename__ = "collector_status"

    reported_at: Mapped[Instant]
    name: Mapped[Str] = mapped_column(primary_key=True)
    status: Mapped[Json]
