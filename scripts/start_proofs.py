"""Verify every bot once a day: replay it from its last verification, and store the result."""

import logging
from datetime import timedelta
from threading import Event

import typer

from config import Settings
from database.bots import SqlBotRepository, SqlVerificationRepository
from scripts.access import DataDir
from scripts.bot_wiring import bot_checker, open_bot_database
from scripts.reporting import reporting
from scripts.service import run_service
from scripts.wiring import start_logging
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.priority import LOWEST, lower_priority
from utils.telemetry.reporter import Vitals

_EXAMPLE = "Example: uv run scripts/start_proofs.py"

log = logging.getLogger("truetape.proofs")
app = typer.Typer(add_completion=False)


def serve(settings: Settings) -> None:
    """Verify bots until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "proofs")
    lower_priority(LOWEST)
    use_compiled_cache(settings.folders.data_dir / "compiled")
    # Imported here, so that the folder of compiled code is chosen before.
    from bot_manager.verification.scheduler import VerificationRules, VerificationScheduler

    rules = VerificationRules(every=timedelta(hours=settings.bots.verify_every_h))
    vitals = Vitals(process="proofs")
    with open_bot_database(settings) as database, reporting(settings, vitals):
        bots, verifications = SqlBotRepository(database), SqlVerificationRepository(database)
        log.info("proofs start")
        VerificationScheduler(
            bots, verifications, bot_checker(database), SystemClock(), rules, vitals.failures
        ).run(Event())


@app.command(epilog=_EXAMPLE)
def main(data_dir: DataDir = None) -> None:
    """Verify bots over DATABASE_URL, with the lowest priority, until stopped."""
    run_service(serve, data_dir)


if __name__ == "__main__":
    app()
