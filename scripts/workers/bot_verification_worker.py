"""The verification that runs in the dashboard's process for replays, over its own stores."""

from config import Settings
from dashboard.bots.ports import BotVerificationResult
from scripts.composition.bots import bot_checker, open_bot_database
from utils.clock import SystemClock


def check_bot(settings: Settings, name: str) -> BotVerificationResult:
    """Replay a bot and return the result."""
    now = SystemClock().now()
    with open_bot_database(settings) as database:
        found = bot_checker(database).verify(name, now)
    return BotVerificationResult(
        bot=name,
        verified_at=now,
        identical=found.identical,
        orders=found.orders,
        marks=found.marks,
        digest=found.stored_digest,
        cause=found.cause,
        difference=found.difference,
    )
