"""A living bot in memory."""

from dataclasses import dataclass, field

from bot_manager.accounts import Account, Legacy
from bot_manager.deciding import Standing
from bot_manager.journal import JournalEntry
from bot_manager.session import Session
from bot_manager.versions import ConfigVersion


@dataclass(slots=True)
class LivingBot:
    """A bot that is folded, or is going to be. `account` is None until its session is opened.

    `entries` are those of its session. `stored_s`: when its account was last stored, monotonic.
    `trouble`: why it is degraded.
    """

    standing: Standing
    version: ConfigVersion
    account: Account | None = None
    legacy: Legacy | None = None
    entries: list[JournalEntry] = field(default_factory=list)
    stored_s: float = 0.0
    trouble: str = ""

    @property
    def name(self) -> str:
        """Return its name."""
        return self.standing.status.name

    @property
    def session(self) -> Session | None:
        """Return its session, None until it began."""
        return self.standing.session
