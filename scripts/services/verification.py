"""Verify every bot once a day: replay it from its last verification, and store the result."""

import logging
from datetime import timedelta
from threading import Event

from config import Settings
from database.repositories.bots import SqlBotRepository
from database.repositories.verifications import SqlBotVerificationRepository
from scripts.composition.bots import bot_checker
from scripts.composition.database import open_process_database
from scripts.composition.process import reporting, start_logging
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.priority import LOWEST, lower_priority
from utils.telemetry.reporter import Vitals

log = logging.getLogger("truetape.verification")


def serve(settings: Settings) -> None:
    """Verify bots until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "verification")
    lower_priority(LOWEST)
    use_compiled_cache(settings.folders.data_dir / "compiled")
    # Imported here, so that the folder of compiled code is chosen before.
    from bot_manager.verification.scheduler import BotVerificationScheduler, BotVerificationSettings

    rules = BotVerificationSettings(every=timedelta(hours=settings.bots.verify_every_h))
    vitals = Vitals(process="verification")
    with open_process_database(settings) as database, reporting(settings, vitals, database):
        bots, verifications = SqlBotRepository(database), SqlBotVerificationRepository(database)
        log.info("verification starts")
        BotVerificationScheduler(
            bots, verifications, bot_checker(database), SystemClock(), rules, vitals.failures
        ).run(Event())
