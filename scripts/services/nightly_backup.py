"""The nightly backup: when it is due, its file, and which old ones expire."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import Settings
from database.backups.backup import write_backup
from scripts.composition.maintenance import StoreMaintenance, backup_folder
from utils.files import private_folder

_NAME = "truetape-%Y%m%dT%H%M%SZ.zip"
_ONE_DAY = timedelta(days=1)

log = logging.getLogger("truetape.maintenance")


def back_up_if_due(settings: Settings, maintenance: StoreMaintenance, now: datetime) -> None:
    """Write tonight's backup if there is none yet, then remove the expired ones.

    Raises repository errors, OSError.
    """
    rules, folder = settings.backup, backup_folder(settings)
    made = [made_at for made_at, _ in backups_in(folder)]
    if not rules.keep or not is_due(made, rules.hour_utc, now):
        return
    private_folder(folder)
    path = folder / backup_name(now)
    manifest = write_backup(maintenance.database.engine, path, now)
    facts = {"file": str(path), "rows": manifest.rows, "bytes": path.stat().st_size}
    log.info("database backed up", extra=facts)
    for old in expired_backups(backups_in(folder), rules.keep):
        old.unlink(missing_ok=True)


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
