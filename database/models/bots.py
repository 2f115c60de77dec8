"""Bots: configurations, commands, states, journals, orders, equity and accounts."""

from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, PrimaryKeyConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Big, Exact, Instant, Json, Small, Str


class BotRow(Base):
    """A bot: its name is its key, so that rows about it are read without a join."""

    __tablename__ = "bot"

    name: Mapped[Str] = mapped_column(primary_key=True)
    created_at: Mapped[Instant]


class BotVersionRow(Base):
    """A version of a bot's configuration, and what changed with it."""

    __tablename__ = "bot_version"
    __table_args__ = (PrimaryKeyConstraint("bot", "number"),)

    made_at: Mapped[Instant]
    number: Mapped[int]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    actor: Mapped[Str]
    reason: Mapped[Str]
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changes: Mapped[Json]


class BotCommandRow(Base):
    """A requested command for one bot; `refusal` is empty if it was not refused."""

    __tablename__ = "bot_command"
    __table_args__ = (
        PrimaryKeyConstraint("bot", "number"),
        Index("bot_command_unanswered", "made_at", postgresql_where=text("answered_at IS NULL")),
    )

    made_at: Mapped[Instant]
    answered_at: Mapped[Instant | None]
    number: Mapped[int]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    command: Mapped[Str]
    desired_state: Mapped[Str | None] = mapped_column(comment="the requested state, if any")
    actor: Mapped[Str]
    reason: Mapped[Str]
    refusal: Mapped[Str]


class FleetCommandRow(Base):
    """A requested command for all bots, and how many of them executed it."""

    __tablename__ = "fleet_command"
    __table_args__ = (
        Index("fleet_command_unanswered", "number", postgresql_where=text("answered_at IS NULL")),
    )

    made_at: Mapped[Instant]
    answered_at: Mapped[Instant | None]
    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    bot_count: Mapped[int]
    command: Mapped[Str]
    actor: Mapped[Str]
    reason: Mapped[Str]


class BotTransitionRow(Base):
    """A state transition of a bot; the place is its position on the tape, if it has one."""

    __tablename__ = "bot_transition"
    __table_args__ = (PrimaryKeyConstraint("bot", "number"),)

    made_at: Mapped[Instant]
    place_time: Mapped[Instant | None]
    place_trade_id: Mapped[Big | None]
    number: Mapped[int]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    before: Mapped[Str]
    after: Mapped[Str]
    rule: Mapped[Str]
    actor: Mapped[Str]
    reason: Mapped[Str]


class BotJournalRow(Base):
    """A decision about a bot, effective before the first print at or after its place."""

    __tablename__ = "bot_journal"
    __table_args__ = (PrimaryKeyConstraint("bot", "sequence"),)

    made_at: Mapped[Instant]
    place_time: Mapped[Instant]
    place_trade_id: Mapped[Big]
    sequence: Mapped[int]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    actor: Mapped[Str]
    reason: Mapped[Str]
    decision: Mapped[Json]


class BotOrderRow(Base):
    """An order, filled by one print or refused; reason and refusal are the kernel's codes."""

    __tablename__ = "bot_order"
    __table_args__ = (
        PrimaryKeyConstraint("bot", "sequence"),
        Index("bot_order_time", "bot", "time"),
    )

    time: Mapped[Instant]
    trade_id: Mapped[Big]
    sequence: Mapped[int]
    side: Mapped[Small] = mapped_column(comment="1 buy, -1 sell")
    reason: Mapped[Small]
    refusal: Mapped[Small]
    is_maker: Mapped[bool]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    size: Mapped[Exact]
    price: Mapped[Exact]
    fee: Mapped[Exact]
    market_price: Mapped[Exact]
    print_size: Mapped[Exact]
    realised: Mapped[Exact]
    risk: Mapped[Exact]
    high: Mapped[Exact]
    low: Mapped[Exact]
    position: Mapped[Exact]
    cash: Mapped[Exact]
    equity: Mapped[Exact]


class BotEquityRow(Base):
    """Equity at the close of a candle. No foreign key: it would be checked for every mark."""

    __tablename__ = "bot_equity"
    __table_args__ = (PrimaryKeyConstraint("bot", "time"),)

    time: Mapped[Instant]
    bot: Mapped[Str]
    equity: Mapped[Exact]
    position_value: Mapped[Exact]


class BotAccountRow(Base):
    """A bot's account state: integers in the units of `scales`."""

    __tablename__ = "bot_account"

    daily_before: Mapped[Instant | None] = mapped_column(
        comment="the midnight up to which only the last mark of each day is kept"
    )
    session: Mapped[int] = mapped_column(comment="sequence of the journal entry that started it")
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"), primary_key=True)
    scales: Mapped[Json]
    state: Mapped[Json]


class BotGroupRow(Base):
    """The cursor up to which the accounts of a group are folded."""

    __tablename__ = "bot_group"

    time: Mapped[Instant]
    trade_id: Mapped[Big]
    group_id: Mapped[int] = mapped_column(
        ForeignKey("signal_group.id"), primary_key=True, autoincrement=False
    )


class BotVerificationRow(Base):
    """The result of verifying a bot; `anchor` is the account from which the next one starts."""

    __tablename__ = "bot_verification"
    __table_args__ = (PrimaryKeyConstraint("bot", "number"),)

    verified_at: Mapped[Instant]
    since_time: Mapped[Instant | None]
    since_trade_id: Mapped[Big | None]
    until_time: Mapped[Instant | None]
    until_trade_id: Mapped[Big | None]
    number: Mapped[int]
    orders: Mapped[int]
    marks: Mapped[int]
    entries: Mapped[int] = mapped_column(comment="of the journal, when it was verified")
    settled: Mapped[bool]
    bot: Mapped[Str] = mapped_column(ForeignKey("bot.name"))
    stored_digest: Mapped[Str]
    replayed_digest: Mapped[Str]
    code: Mapped[Str]
    cause: Mapped[Str]
    difference: Mapped[Str]
    anchor: Mapped[Json | None]
