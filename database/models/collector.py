"""The status of collectors."""

from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Instant, Json, Str


class CollectorStatusRow(Base):
    """The last status of one collector, in serialized form."""

    __tablename__ = "collector_status"

    reported_at: Mapped[Instant]
    name: Mapped[Str] = mapped_column(primary_key=True)
    status: Mapped[Json]
