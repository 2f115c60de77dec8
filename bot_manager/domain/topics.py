"""Topics of bots on the bus. Keys are the bots' names."""

import msgspec

from bot_manager.domain.ledger import AccountOrder
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.status import CommandRequest
from utils.messaging import Topic


class OrdersMade(msgspec.Struct, frozen=True, kw_only=True):
    """Committed orders of a bot, filled or refused. `late`: of prints long past."""

    orders: list[AccountOrder]
    late: bool = False


FILLS: Topic[OrdersMade] = Topic("fills", OrdersMade)
BOT_COMMANDS: Topic[CommandRequest] = Topic("bot-commands", CommandRequest)
BOT_STATES: Topic[Transition] = Topic("bot-states", Transition)
