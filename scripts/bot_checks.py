"""What runs in the dashboard's process for replays: a checker over stores of its own."""

from config import Settings
from dashboard.bots.ports import BotVerdict
from scripts.bot_wiring import open_bot_stores
from utils.clock import SystemClock


def check_bot(settings: Settings, name: str) -> BotVerdict:
    """Replay a bot and say what came of it."""
    # Imported here: it loads the compiler, and after the folder of compiled code is chosen.
    from bot_manager.checking import Checker

    with open_bot_stores(settings) as stores:
        checker = Checker(stores.bots, stores.ledger, stores.trades, stores.signals)
        found = checker.verify(name)
    return BotVerdict(
        bot=name,
        checked_at=SystemClock().now(),
        identical=found.identical,
        orders=found.orders,
        marks=found.marks,
        digest=found.stored_digest,
        difference=found.difference,
    )
