"""The verification that runs in the dashboard's process for replays, over its own stores."""

from config import Settings
from dashboard.bots.verification import BotVerificationResult, verification_result_of
from scripts.composition.bots import bot_checker, open_bot_database
from utils.clock import SystemClock


def check_bot(settings: Settings, name: str) -> BotVerificationResult:
    """Replay a bot and return the result."""
    now = SystemClock().now()
    with open_bot_database(settings) as database:
        return verification_result_of(bot_checker(database).verify(name, now), now)
