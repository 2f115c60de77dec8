"""Keep the store in order: apply retention every hour, back up every night."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from types import FrameType

import typer

from config import Settings, load_settings
from database.backup import write_backup
from scripts.exits import plain_failures
from scripts.nightly import backup_name, backups_in, is_due, outlived
from scripts.upkeep_wiring import Upkeep, backup_folder, open_upkeep
from scripts.wiring import start_logging
from utils.clock import Clock, SystemClock
from utils.errors import TruetapeError

_EXAMPLE = "Example: uv run scripts/start_upkeep.py"
# A start is busy enough; and what is restarted again and again must not work all the time.
_FIRST_AFTER_S = 60.0
_LOOK_EVERY_S = 30.0
_BEHIND_EVERYTHING_ELSE = 10

log = logging.getLogger("truetape.upkeep")
app = typer.Typer(add_completion=False)


def serve(settings: Settings) -> None:
    """Keep in order until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "upkeep")
    if hasattr(os, "nice"):
        os.nice(_BEHIND_EVERYTHING_ELSE)
    clock = SystemClock()
    with open_upkeep(settings) as upkeep:
        log.info("upkeep starts")
        clock.pause(_FIRST_AFTER_S)
        keep_in_order(settings, upkeep, clock)


def keep_in_order(settings: Settings, upkeep: Upkeep, clock: Clock) -> None:
    """Do what is due, for ever; what fails is told, and tried again when it is due again."""
    every_s, last_s = settings.retention.every_s, -float("inf")
    while True:
        if clock.monotonic_s() - last_s >= every_s:
            last_s = clock.monotonic_s()
            _tried("retention", lambda: _apply(upkeep, clock.now()))
            _tried("back-up", lambda: back_up_if_due(settings, upkeep, clock.now()))
        clock.pause(_LOOK_EVERY_S)


def back_up_if_due(settings: Settings, upkeep: Upkeep, now: datetime) -> None:
    """Write tonight's back-up if there is none yet, then remove those that are too many.

    Raises repository errors, OSError.
    """
    rules, folder = settings.backup, backup_folder(settings)
    made = [made_at for made_at, _ in backups_in(folder)]
    if not rules.keep or not is_due(made, rules.hour_utc, now):
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / backup_name(now)
    manifest = write_backup(upkeep.database.engine, path, now)
    facts = {"file": str(path), "rows": manifest.rows, "bytes": path.stat().st_size}
    log.info("database backed up", extra=facts)
    for old in outlived(backups_in(folder), rules.keep):
        old.unlink(missing_ok=True)


def _apply(upkeep: Upkeep, now: datetime) -> None:
    report = upkeep.apply(now)
    facts = {
        "days_verified": report.verified,
        "days_deleted": len(report.days),
        "days_held": len(report.held),
        "series_cut": len(report.candles),
    }
    log.info("retention applied", extra=facts)


def _tried(what: str, work: Callable[[], None]) -> None:
    try:
        work()
    except (TruetapeError, OSError):
        log.exception("upkeep fails", extra={"what": what})


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


@app.command(epilog=_EXAMPLE)
def main() -> None:
    """Keep DATABASE_URL in order until stopped."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with plain_failures():
        serve(load_settings())


if __name__ == "__main__":
    app()
