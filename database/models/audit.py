"""The list of commands."""

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Words


class AuditRow(Base):
    """One command, and what became of it."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    asked_at: Mapped[Instant]
    who: Mapped[Words]
    role: Mapped[Words]
    address: Mapped[Words]
    what: Mapped[Words]
    details: Mapped[Words]
    outcome: Mapped[Words]
    note: Mapped[Words]

    __table_args__ = (Index("audit_asked_at_idx", "asked_at", "number"),)
