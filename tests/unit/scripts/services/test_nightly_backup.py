"""When the nightly backup is due, and which old ones expire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.services.nightly_backup import backup_name, backups_in, expired_backups, is_due

MORNING = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "now", "due"),
    [
        ([], MORNING, True),
        ([MORNING - timedelta(hours=6)], MORNING, False),
        ([MORNING - timedelta(hours=7)], MORNING, True),
        ([MORNING - timedelta(hours=7), MORNING], MORNING, False),
        ([MORNING - timedelta(hours=20)], MORNING.replace(hour=2), False),
    ],
)
def test_a_back_up_is_due_when_the_hour_has_come_and_none_was_made_since(
    made: list[datetime], now: datetime, due: bool
) -> None:
    assert is_due(made, 3, now) is due


def test_the_newest_stay_and_files_of_others_are_left_alone(tmp_path: Path) -> None:
    nights = [MORNING - timedelta(days=age) for age in (2, 0, 1)]
    for night in nights:
        (tmp_path / backup_name(night)).touch()
    (tmp_path / "mine.zip").touch()
    backups = backups_in(tmp_path)
    assert [made_at for made_at, _ in backups] == sorted(nights)
    assert [path.name for path in expired_backups(backups, 2)] == [backup_name(min(nights))]
    assert expired_backups(backups, 7) == []
