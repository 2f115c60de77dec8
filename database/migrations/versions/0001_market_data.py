"""Market data: instruments, tape, holes, candles, coverage, collector status.

Plain tables whose keys hold the time, so that `trade` and `candle` can become hypertables later.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CANDLE_KEY = ("instrument_id", "timeframe_s", "open_time")


def upgrade() -> None:
    """Create the tables."""
    create_instrument()
    create_tape()
    create_candles()
    create_coverage()
    create_collector_status()


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in (
        "collector_status", "coverage", "candle_check", "candle", "hole", "tape_end", "trade",
        "instrument",
    ):  # fmt: skip
        op.drop_table(table)


def create_instrument() -> None:
    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer, sa.Identity(always=True), nullable=False),
        sa.Column("exchange", sa.Text, nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("state", sa.Text),
        sa.Column("base", sa.Text),
        sa.Column("quote", sa.Text),
        sa.Column("price_step", sa.Numeric),
        sa.Column("size_step", sa.Numeric),
        sa.Column("min_size", sa.Numeric),
        sa.Column("contract_value", sa.Numeric),
        sa.Column("contract_currency", sa.Text),
        sa.Column("inverse", sa.Boolean),
        sa.PrimaryKeyConstraint("id", name="instrument_pkey"),
        sa.UniqueConstraint("exchange", "symbol", name="instrument_exchange_symbol_key"),
        sa.CheckConstraint(
            "num_nonnulls(kind, state, base, quote, price_step, size_step, min_size, inverse)"
            " IN (0, 8)",
            name="instrument_facts_together_check",
        ),
    )


def create_tape() -> None:
    op.create_table(
        "trade",
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("trade_id", sa.BigInteger, nullable=False),
        sa.Column("exchange_time", INSTANT, nullable=False),
        sa.Column("instrument_id", sa.Integer, nullable=False),
        sa.Column("match_count", sa.Integer, nullable=False),
        sa.Column("side", sa.SmallInteger, nullable=False, comment="the taker's: 1 buy, -1 sell"),
        sa.Column("exchange_source", sa.SmallInteger, nullable=False),
        sa.Column("on_tape", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("price", sa.Numeric, nullable=False),
        sa.Column("size", sa.Numeric, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "time", "trade_id", name="trade_pkey"),
    )
    op.create_table(
        "tape_end",
        sa.Column("time", INSTANT, nullable=False),
        sa.Column("trade_id", sa.BigInteger, nullable=False),
        sa.Column("first_time", INSTANT, nullable=False),
        sa.Column("first_trade_id", sa.BigInteger, nullable=False),
        instrument_key("tape_end"),
        sa.PrimaryKeyConstraint("instrument_id", name="tape_end_pkey"),
    )
    op.create_table(
        "hole",
        sa.Column("first_trade_id", sa.BigInteger, nullable=False),
        sa.Column("last_trade_id", sa.BigInteger, nullable=False),
        sa.Column("after_time", INSTANT, nullable=False),
        sa.Column("before_time", INSTANT, nullable=False),
        sa.Column("detected_at", INSTANT, nullable=False),
        instrument_key("hole"),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint(
            "instrument_id", "first_trade_id", "last_trade_id", name="hole_pkey"
        ),
    )


def create_candles() -> None:
    op.create_table(
        "candle", *candle_columns(), sa.PrimaryKeyConstraint(*CANDLE_KEY, name="candle_pkey")
    )
    op.create_table(
        "candle_check",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        *candle_columns(),
        sa.PrimaryKeyConstraint("id", name="candle_check_pkey"),
    )
    op.create_index(
        "candle_check_version_key",
        "candle_check",
        [
            *CANDLE_KEY, "source", "complete", "open", "high", "low", "close", "volume",
            "trade_count", "first_trade_id", "last_trade_id",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip


def candle_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("open_time", INSTANT, nullable=False),
        sa.Column("trade_count", sa.BigInteger),
        sa.Column("first_trade_id", sa.BigInteger),
        sa.Column("last_trade_id", sa.BigInteger),
        sa.Column("instrument_id", sa.Integer, nullable=False),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.Column("source", sa.SmallInteger, nullable=False, comment="1 trades, 2 exchange"),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("open", sa.Numeric, nullable=False),
        sa.Column("high", sa.Numeric, nullable=False),
        sa.Column("low", sa.Numeric, nullable=False),
        sa.Column("close", sa.Numeric, nullable=False),
        sa.Column("volume", sa.Numeric, nullable=False),
    ]


def create_coverage() -> None:
    op.create_table(
        "coverage",
        instrument_key("coverage"),
        sa.Column("timeframe_s", sa.Integer, nullable=False),
        sa.Column("spans", postgresql.TSTZMULTIRANGE, nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe_s", name="coverage_pkey"),
    )


def create_collector_status() -> None:
    op.create_table(
        "collector_status",
        sa.Column("reported_at", INSTANT, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("name", name="collector_status_pkey"),
    )


def instrument_key(table: str) -> sa.Column[int]:
    name = f"{table}_instrument_id_fkey"
    key = sa.ForeignKey("instrument.id", name=name)
    return sa.Column("instrument_id", sa.Integer, key, nullable=False)
