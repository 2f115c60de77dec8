"""An active bot in memory."""

from dataclasses import dataclass, field

from bot_manager.domain.journal import JournalEntry
from bot_manager.domain.session import BotSession
from bot_manager.domain.versions import ConfigVersion
from bot_manager.groups.accounts import BotAccount, CarriedAccount
from bot_manager.groups.bot_changes import BotSnapshot


@dataclass(slots=True)
class ActiveBot:
    """A bot that is folded, or waits for its session.

    `account` is None until its session is opened. `entries` are its session's. `stored_s`: when its
    account was last stored, monotonic. `degraded_reason`: why it is degraded.
    """

    snapshot: BotSnapshot
    version: ConfigVersion
    account: BotAccount | None = None
    carried: CarriedAccount | None = None
    entries: list[JournalEntry] = field(default_factory=list)
    stored_s: float = 0.0
    degraded_reason: str = ""

    @property
    def name(self) -> str:
        """Return the bot's name."""
        return self.snapshot.status.name

    @property
    def session(self) -> BotSession | None:
        """Return the bot's session, None until it starts."""
        return self.snapshot.session
