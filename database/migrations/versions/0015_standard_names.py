"""Standard names of tables, columns and comments; rows change in a key of process reports only.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    ("study", "sweep"),
    ("bot_proof", "bot_verification"),
    ("history_want", "history_request"),
    ("strategy_verdict", "strategy_verification"),
)
# Tables by their new name; columns before and after.
COLUMNS = (
    ("sweep", "begun_at", "started_at"),
    ("trial", "study_id", "sweep_id"),
    ("alert", "told_at", "notified_at"),
    ("alert", "told", "notification_count"),
    ("audit", "asked_at", "requested_at"),
    ("audit", "who", "username"),
    ("audit", "what", "action"),
    ("backtest", "finer_digest", "intrabar_digest"),
    ("bot_command", "wanted", "desired_state"),
    ("chart_layout", "studies", "indicators"),
    ("process", "stood_at", "snapshot_at"),
    ("process", "standing", "snapshot"),
    ("signal_request", "asker", "requester"),
)
CONSTRAINTS = (
    ("sweep", "study_pkey", "sweep_pkey"),
    ("sweep", "study_digest_key", "sweep_digest_key"),
    ("trial", "trial_study_id_fkey", "trial_sweep_id_fkey"),
    ("bot_verification", "bot_proof_pkey", "bot_verification_pkey"),
    ("bot_verification", "bot_proof_bot_fkey", "bot_verification_bot_fkey"),
    ("history_request", "history_want_pkey", "history_request_pkey"),
    ("history_request", "history_want_instrument_id_fkey", "history_request_instrument_id_fkey"),
    ("strategy_verification", "strategy_verdict_pkey", "strategy_verification_pkey"),
)
INDEXES = (
    ("study_strategy_instrument_idx", "sweep_strategy_instrument_idx"),
    ("audit_asked_at_idx", "audit_requested_at_idx"),
)
SEQUENCE = ("study_id_seq", "sweep_id_seq")
# A process that has ended keeps its last report.
REPORT_KEY = """
    UPDATE process SET report = report - '{0}' || jsonb_build_object('{1}', report -> '{0}')
    WHERE jsonb_exists(report, '{0}')
"""
# Comments of columns by their new names; before and after.
COMMENTS = (
    ("bot_command", "desired_state", "the state asked for, if any", "the requested state, if any"),
    (
        "bot_account",
        "daily_before",
        "the midnight up to which only the last mark of each day was kept",
        "the midnight up to which only the last mark of each day is kept",
    ),
    (
        "bot_account",
        "session",
        "sequence of the journal entry that began it",
        "sequence of the journal entry that started it",
    ),
    (
        "candle_edge",
        "time",
        "what opens before it was dropped",
        "candles that open before it were dropped",
    ),
    ("late_seal", "time", "the minute''s beginning", "the start of the minute"),
    ("tape_day", "forced", "who needed it all the same", "what still required it"),
    ("tape_seal", "previous", "the digest of the link before", "the digest of the previous link"),
)


def upgrade() -> None:
    """Rename tables, columns, constraints, indexes and the key; reword comments."""
    for old, new in TABLES:
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for table, old, new in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    old, new = SEQUENCE
    op.execute(f"ALTER SEQUENCE {old} RENAME TO {new}")
    for table, column, _, comment in COMMENTS:
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    op.execute(REPORT_KEY.format("figures", "metrics"))


def downgrade() -> None:
    """Restore the former names."""
    for table, column, comment, _ in COMMENTS:
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS '{comment}'")
    op.execute(REPORT_KEY.format("metrics", "figures"))
    new, old = SEQUENCE
    op.execute(f"ALTER SEQUENCE {old} RENAME TO {new}")
    for new, old in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for table, new, old in CONSTRAINTS:
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    for table, new, old in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for new, old in TABLES:
        op.execute(f"ALTER TABLE {old} RENAME TO {new}")
