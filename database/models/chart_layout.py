"""Named layouts of the price chart."""

from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Json, Str


class ChartLayoutRow(Base):
    """One layout: its indicators in serialized form."""

    __tablename__ = "chart_layout"

    name: Mapped[Str] = mapped_column(primary_key=True)
    indicators: Mapped[Json]
