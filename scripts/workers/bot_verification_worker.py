"""The replays of bots in the dashboard's process for them, over its own stores."""

from config import Settings
from dashboard.features.bots.verification import BotVerificationResult, verification_result_of
from scripts.composition.bots import bot_checker
from scripts.composition.database import open_process_database
from scripts.composition.process import start_logging
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache


def prepare_process(settings: Settings) -> None:
    """Prepare the process, before it replays any bot."""
    start_logging(settings, "dashboard-replays")
    use_compiled_cache(settings.folders.data_dir / "compiled")


def check_bot(settings: Settings, name: str) -> BotVerificationResult:
    """Replay a bot and return the result."""
    now = SystemClock().now()
    with open_process_database(settings) as database:
        return verification_result_of(bot_checker(database).verify(name, now), now)
