"""Run bots: fold tape, signals and commands into their accounts."""

import logging
from threading import Event, Thread

from bot_manager.domain.ports import BotStores
from bot_manager.runtime.config_files import BotFiles
from config import Settings
from database import open_bus
from scripts.composition.bots import bot_stores
from scripts.composition.database import open_process_database
from scripts.composition.process import reporting, start_logging
from scripts.composition.servers import redis_url
from utils.clock import SystemClock
from utils.compiled_cache import sources_digest, use_compiled_cache
from utils.isolation import ItemFailures
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters
from utils.telemetry.reporter import Vitals

# It polls its store about every second, and waits up to five for one that is unavailable.
_LONGEST_TURN_S = 6.0

log = logging.getLogger("truetape.bots")


def serve(settings: Settings) -> None:
    """Run bots until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "bots")
    use_compiled_cache(settings.folders.data_dir / "compiled")
    # Imported here, so that the folder of compiled code is chosen before.
    from bot_manager.runtime.manager import BotManager
    from bot_manager.runtime.settings import BotManagerSettings

    bus, clock = open_bus(redis_url(settings), prefix=settings.redis.prefix), SystemClock()
    try:
        meters, heartbeat = Meters(), Heartbeat(clock, _LONGEST_TURN_S)
        vitals = Vitals(process="bots", meters=meters, heartbeat=heartbeat)
        with (
            open_process_database(settings) as database,
            reporting(settings, vitals, database),
        ):
            stores = bot_stores(database)
            _watch_files(settings, stores, clock, vitals.failures)
            log.info("bot manager starts")
            rules = BotManagerSettings(
                stale_after_s=settings.bots.stale_after_s,
                checkpoint_s=settings.bots.checkpoint_s,
                code=sources_digest(),
            )
            manager = BotManager(stores, bus, clock, rules, heartbeat, meters, vitals.failures)
            manager.run(Event())
    finally:
        bus.close()


def _watch_files(
    settings: Settings, stores: BotStores, clock: SystemClock, failures: ItemFailures
) -> None:
    """Import bot files in a thread, so that the manager never waits for a file."""
    folder, start_new = settings.folders.bots_dir, settings.bots.start_new
    files = BotFiles(folder, stores.bots, stores.instruments, clock, start_new, failures)
    Thread(target=files.watch, args=(Event(),), name="files", daemon=True).start()
