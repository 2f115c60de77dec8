"""What the dashboard stores: the audit log, and named layouts of the price chart."""

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Json, Str


class AuditRow(Base):
    """One command, and its outcome."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    requested_at: Mapped[Instant]
    username: Mapped[Str]
    role: Mapped[Str]
    address: Mapped[Str]
    action: Mapped[Str]
    details: Mapped[Str]
    outcome: Mapped[Str]
    note: Mapped[Str]

    __table_args__ = (
        Index("audit_requested_at_idx", "requested_at", "number"),
        Index(
            "audit_not_refused_idx",
            "requested_at",
            "number",
            postgresql_where=text("outcome <> 'refused'"),
        ),
    )


class ChartLayoutRow(Base):
    """One layout: its indicators in serialized form."""

    __tablename__ = "chart_layout"

    name: Mapped[Str] = mapped_column(primary_key=True)
    indicators: Mapped[Json]
