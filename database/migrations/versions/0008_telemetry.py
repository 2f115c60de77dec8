"""Telemetry and alerts: figures over time, processes, alerts, mutes, the outbox.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    create_telemetry()
    create_processes()
    create_alerts()
    create_outbox()


def downgrade() -> None:
    """Drop the tables with all they hold."""
    for table in (
        "alert_delivery", "alert_mute", "alert", "process", "telemetry_history", "telemetry_sample",
        "telemetry_series",
    ):  # fmt: skip
        op.drop_table(table)


def create_telemetry() -> None:
    op.create_table(
        "telemetry_series",
        instant("latest_time"),
        figure("latest_value"),
        sa.Column("id", sa.Integer, nullable=False),
        *words("subject", "name"),
        sa.PrimaryKeyConstraint("id", name="telemetry_series_pkey"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(
        "telemetry_series_subject_name_key", "telemetry_series", ["subject", "name"], unique=True
    )
    op.create_table(
        "telemetry_sample",
        instant("time"),
        figure("value"),
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "time", name="telemetry_sample_pkey"),
    )
    op.create_table(
        "telemetry_history",
        instant("time"),
        *(figure(name) for name in ("low", "total", "high")),
        sa.Column("samples", sa.BigInteger, nullable=False),
        sa.Column("series_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("series_id", "time", name="telemetry_history_pkey"),
    )


def create_processes() -> None:
    op.create_table(
        "process",
        sa.Column("reported_at", INSTANT),
        sa.Column("stood_at", INSTANT),
        *words("name"),
        sa.Column("report", postgresql.JSONB),
        sa.Column("standing", postgresql.JSONB),
        sa.PrimaryKeyConstraint("name", name="process_pkey"),
    )


def create_alerts() -> None:
    op.create_table(
        "alert",
        *(instant(name) for name in ("opened_at", "since", "told_at")),
        sa.Column("acknowledged_at", INSTANT),
        sa.Column("resolved_at", INSTANT),
        sa.Column("told", sa.Integer, nullable=False),
        *words("rule", "subject", "severity", "summary", "evidence", "remedy"),
        *words("acknowledged_by", "resolution"),
        sa.PrimaryKeyConstraint("opened_at", "rule", "subject", name="alert_pkey"),
    )
    op.create_index(
        "alert_open",
        "alert",
        ["rule", "subject"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "alert_mute",
        instant("made_at"),
        instant("until"),
        *words("rule", "subject", "by", "reason"),
        sa.PrimaryKeyConstraint("rule", "subject", name="alert_mute_pkey"),
    )


def create_outbox() -> None:
    op.create_table(
        "alert_delivery",
        *(instant(name) for name in ("made_at", "opened_at", "due_at")),
        sa.Column("settled_at", INSTANT),
        sa.Column("attempts", sa.Integer, nullable=False),
        *words("rule", "subject", "occasion", "channel", "severity", "state"),
        *words("title", "body", "problem"),
        sa.PrimaryKeyConstraint(
            "made_at", "rule", "subject", "opened_at", "occasion", "channel",
            name="alert_delivery_pkey",
        ),
    )  # fmt: skip
    op.create_index(
        "alert_delivery_due",
        "alert_delivery",
        ["due_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=False)


def figure(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)


def words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
