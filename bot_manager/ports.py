"""What bots need of a store. Implemented above, in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
Spans are [start, end), aware UTC. Lists come in the order of their numbers or times.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from bot_manager.journal import JournalEntry
from bot_manager.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.lifecycle import Transition
from bot_manager.status import Answer, AskedCommand, BotStatus, CommandRequest
from bot_manager.versions import ConfigVersion
from data import Cursor
from strategies import Group


class GroupMove(msgspec.Struct, frozen=True, kw_only=True):
    """A group's accounts were folded from one place to another; `before` is None for a new one."""

    group: Group
    before: Cursor | None
    after: Cursor


class LedgerStep(msgspec.Struct, frozen=True, kw_only=True):
    """All that one commit holds: effects, what caused them, and how far the tape was read."""

    moves: tuple[GroupMove, ...] = ()
    answers: tuple[Answer, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    transitions: tuple[Transition, ...] = ()
    orders: tuple[AccountOrder, ...] = ()
    marks: tuple[EquityMark, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


class BotRepository(ABC):
    """Bots, their configurations, and what is asked of them."""

    @abstractmethod
    def create(self, version: ConfigVersion) -> None:
        """Store a new bot. Raises NameTaken."""

    @abstractmethod
    def revise(self, version: ConfigVersion) -> None:
        """Store the next version. Raises UnknownBot, LedgerMoved if another one was made first."""

    @abstractmethod
    def get(self, name: str) -> BotStatus | None:
        """Return a bot as it is now."""

    @abstractmethod
    def all(self) -> list[BotStatus]:
        """Return every bot, archived ones too, by name."""

    @abstractmethod
    def versions(self, name: str) -> list[ConfigVersion]:
        """Return every version of a bot's configuration, oldest first."""

    @abstractmethod
    def ask(self, requests: Sequence[CommandRequest]) -> list[AskedCommand]:
        """Store commands in one transaction; they outlive any crash. Raises UnknownBot.

        Ring BOT_COMMANDS afterwards: they are taken sooner.
        """

    @abstractmethod
    def commands(self, name: str) -> list[AskedCommand]:
        """Return all that was asked of a bot."""

    @abstractmethod
    def unanswered(self) -> list[AskedCommand]:
        """Return what no manager has answered, by time, bot and number."""

    @abstractmethod
    def transitions(self, name: str) -> list[Transition]:
        """Return a bot's history of states."""


class LedgerRepository(ABC):
    """What bots did: journal, orders, equity, accounts, and how far the tape was read."""

    @abstractmethod
    def commit(self, step: LedgerStep) -> None:
        """Commit everything in one transaction, synchronously.

        Raises LedgerMoved, and stores nothing, if a group is not where its move begins, a number is
        taken already or leaves one out, or a command was answered.
        """

    @abstractmethod
    def cursor(self, group: Group) -> Cursor | None:
        """Return how far a group's accounts are folded."""

    @abstractmethod
    def journal(self, name: str) -> list[JournalEntry]:
        """Return a bot's journal."""

    @abstractmethod
    def checkpoints(self, names: Collection[str]) -> dict[str, Checkpoint]:
        """Return where accounts stand, of those bots that have one."""

    @abstractmethod
    def orders(self, name: str, start: datetime, end: datetime) -> list[AccountOrder]:
        """Return a bot's orders of a span, refused ones too."""

    @abstractmethod
    def equity(self, name: str, start: datetime, end: datetime) -> list[EquityMark]:
        """Return a bot's marks of a span."""
