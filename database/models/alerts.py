"""Alerts, mutes and the outbox."""

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped

from database.models.base import Base, Instant, Str


class AlertRow(Base):
    """A rule that a subject broke. At most one per rule and subject is open."""

    __tablename__ = "alert"
    __table_args__ = (
        PrimaryKeyConstraint("opened_at", "rule", "subject"),
        Index(
            "alert_open",
            "rule",
            "subject",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
    )

    opened_at: Mapped[Instant]
    since: Mapped[Instant]
    notified_at: Mapped[Instant]
    acknowledged_at: Mapped[Instant | None]
    resolved_at: Mapped[Instant | None]
    notification_count: Mapped[int]
    rule: Mapped[Str]
    subject: Mapped[Str]
    severity: Mapped[Str]
    summary: Mapped[Str]
    evidence: Mapped[Str]
    remedy: Mapped[Str]
    acknowledged_by: Mapped[Str]
    resolution: Mapped[Str]


class AlertMuteRow(Base):
    """A mute: matching alerts are not delivered until its end."""

    __tablename__ = "alert_mute"
    __table_args__ = (PrimaryKeyConstraint("rule", "subject"),)

    made_at: Mapped[Instant]
    until: Mapped[Instant]
    rule: Mapped[Str]
    subject: Mapped[Str]
    by: Mapped[Str]
    reason: Mapped[Str]


class AlertDeliveryRow(Base):
    """One message to one channel, and its delivery state."""

    __tablename__ = "alert_delivery"
    __table_args__ = (
        PrimaryKeyConstraint("made_at", "rule", "subject", "opened_at", "kind", "channel"),
        Index("alert_delivery_due", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    made_at: Mapped[Instant]
    opened_at: Mapped[Instant]
    due_at: Mapped[Instant]
    settled_at: Mapped[Instant | None]
    attempts: Mapped[int]
    rule: Mapped[Str]
    subject: Mapped[Str]
    kind: Mapped[Str]
    channel: Mapped[Str]
    severity: Mapped[Str]
    state: Mapped[Str]
    title: Mapped[Str]
    body: Mapped[Str]
    problem: Mapped[Str]
