"""When the nightly backup is due, and which old ones expire. Pure, but for listing a folder."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

_NAME = "truetape-%Y%m%dT%H%M%SZ.zip"
_ONE_DAY = timedelta(days=1)


def backup_name(made_at: datetime) -> str:
    """Return the name of a backup made at a time."""
    return made_at.astimezone(UTC).strftime(_NAME)


def backups_in(folder: Path) -> list[tuple[datetime, Path]]:
    """Return the nightly backups of a folder, oldest first; other files are left alone."""
    return sorted((made_at, path) for path in folder.glob("*.zip") if (made_at := _made_at(path)))


def is_due(made: Sequence[datetime], hour_utc: int, now: datetime) -> bool:
    """Return whether no backup was made since the last time of the hour."""
    hour = now.replace(hour=hour_utc, minute=0, second=0, microsecond=0)
    last = hour if hour <= now else hour - _ONE_DAY
    return not made or max(made) < last


def expired_backups(backups: Sequence[tuple[datetime, Path]], keep: int) -> list[Path]:
    """Return the backups to remove, so that the newest `keep` stay."""
    return [path for _, path in backups[: max(0, len(backups) - keep)]]


def _made_at(path: Path) -> datetime | None:
    try:
        return datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
