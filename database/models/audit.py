"""The audit log."""

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Str


class AuditRow(Base):
    """One command, and its outcome."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    asked_at: Mapped[Instant]
    who: Mapped[Str]
    role: Mapped[Str]
    address: Mapped[Str]
    what: Mapped[Str]
    details: Mapped[Str]
    outcome: Mapped[Str]
    note: Mapped[Str]

    __table_args__ = (Index("audit_asked_at_idx", "asked_at", "number"),)
