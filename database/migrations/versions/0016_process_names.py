"""Standard names of processes and of two columns.

Telemetry, process records, alerts, mutes and the outbox follow a process under its new name. Texts
of alerts and the audit log keep the name that they were written with.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PROCESSES = (("proofs", "verification"), ("upkeep", "maintenance"))
COLUMNS = (("alert_delivery", "occasion", "kind"), ("fleet_command", "reached", "bot_count"))
WITH_SUBJECT = ("telemetry_series", "alert", "alert_mute", "alert_delivery")
# The subject of a process, and those of its items: `item:NAME: what`.
SUBJECT = """
    UPDATE {table} SET subject = 'process:{new}' WHERE subject = 'process:{old}'
"""
ITEM = """
    UPDATE {table} SET subject = 'item:{new}:' || substr(subject, length('item:{old}:') + 1)
    WHERE starts_with(subject, 'item:{old}:')
"""
# The last report of a process and its supervisor's snapshot hold its name, too.
RECORD = """
    UPDATE process SET name = '{new}',
        report = report || jsonb_build_object('process', '{new}'),
        snapshot = snapshot || jsonb_build_object('process', '{new}')
    WHERE name = '{old}'
"""


def upgrade() -> None:
    """Rename columns and processes."""
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new in PROCESSES:
        rename_process(old, new)


def downgrade() -> None:
    """Restore the former names."""
    for old, new in PROCESSES:
        rename_process(new, old)
    for table, old, new in COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")


def rename_process(old: str, new: str) -> None:
    for table in WITH_SUBJECT:
        op.execute(SUBJECT.format(table=table, old=old, new=new))
        op.execute(ITEM.format(table=table, old=old, new=new))
    op.execute(RECORD.format(old=old, new=new))
