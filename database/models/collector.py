"""What collectors say of themselves."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Str


class CollectorStatusRow(Base):
    """The last status of one collector, as it travels."""

    __tablename__ = "collector_status"

    reported_at: Mapped[Instant]
    name: Mapped[Str] = mapped_column(primary_key=True)
    status: Mapped[dict[str, Any]] = mapped_column(JSONB)
