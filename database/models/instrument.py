"""Instruments."""

from sqlalchemy import CheckConstraint, Identity, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Exact, Str


class InstrumentRow(Base):
    """A name, and the facts once they are known: a tape may be written before.

    `sealed`: every row and candle that is stored of it carries a seal.
    """

    __tablename__ = "instrument"
    __table_args__ = (
        UniqueConstraint("exchange", "symbol"),
        CheckConstraint(
            "num_nonnulls(kind, state, base, quote, price_step, size_step, min_size, inverse)"
            " IN (0, 8)",
            name="facts_together",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    exchange: Mapped[Str]
    symbol: Mapped[Str]
    kind: Mapped[Str | None]
    state: Mapped[Str | None]
    base: Mapped[Str | None]
    quote: Mapped[Str | None]
    price_step: Mapped[Exact | None]
    size_step: Mapped[Exact | None]
    min_size: Mapped[Exact | None]
    contract_value: Mapped[Exact | None]
    contract_currency: Mapped[Str | None]
    inverse: Mapped[bool | None]
    sealed: Mapped[bool] = mapped_column(server_default=true())
