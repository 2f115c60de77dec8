"""Repositories of bots. Implemented in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
Spans are [start, end), aware UTC. Lists are ordered by number or time.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot_manager.domain.journal import JournalEntry
from bot_manager.domain.ledger import AccountOrder, Checkpoint, EquityMark
from bot_manager.domain.lifecycle import Transition
from bot_manager.domain.status import (
    BotCommand,
    BotStatus,
    CommandRequest,
    CommandResult,
    FleetCommand,
    FleetCommandResult,
    FleetRequest,
)
from bot_manager.domain.verification import BotVerificationRecord
from bot_manager.domain.versions import ConfigVersion
from data import Cursor, InstrumentId
from data.ports import InstrumentRepository, TradeRepository
from strategies import Group
from strategies.ports import RequestRepository, SignalRepository


class CursorAdvance(msgspec.Struct, frozen=True, kw_only=True):
    """A group's accounts were folded from one cursor to another; `before` is None for a new one."""

    group: Group
    before: Cursor | None
    after: Cursor


class LedgerStep(msgspec.Struct, frozen=True, kw_only=True):
    """Content of one commit: effects, their causes, and how far the tape was read.

    `applied_commands`: a command to all bots, as a processed command of each bot that executed it.
    """

    moves: tuple[CursorAdvance, ...] = ()
    results: tuple[CommandResult, ...] = ()
    fleet_results: tuple[FleetCommandResult, ...] = ()
    applied_commands: tuple[BotCommand, ...] = ()
    entries: tuple[JournalEntry, ...] = ()
    transitions: tuple[Transition, ...] = ()
    orders: tuple[AccountOrder, ...] = ()
    marks: tuple[EquityMark, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()


class BotRepository(ABC):
    """Bots, their configurations and their commands."""

    @abstractmethod
    def create(self, version: ConfigVersion) -> None:
        """Store a new bot. Raises NameTaken."""

    @abstractmethod
    def revise(self, version: ConfigVersion) -> None:
        """Store the next version. Raises UnknownBot, LedgerConflict if another was made first."""

    @abstractmethod
    def get(self, name: str) -> BotStatus | None:
        """Return a bot as it is now."""

    @abstractmethod
    def all(self) -> list[BotStatus]:
        """Return every bot, including archived ones, by name."""

    @abstractmethod
    def versions(self, name: str) -> list[ConfigVersion]:
        """Return every version of a bot's configuration, oldest first. Raises UnreadableVersion."""

    @abstractmethod
    def newest_versions(self) -> list[ConfigVersion]:
        """Return the newest configuration of every bot, including archived ones, by name.

        Raises UnreadableVersion.
        """

    @abstractmethod
    def request(self, requests: Sequence[CommandRequest]) -> list[BotCommand]:
        """Store commands in one transaction. Raises UnknownBot.

        Publish to BOT_COMMANDS afterwards, so that they are processed sooner.
        """

    @abstractmethod
    def commands(self, name: str) -> list[BotCommand]:
        """Return all commands to a bot."""

    @abstractmethod
    def pending_commands(self) -> list[BotCommand]:
        """Return the commands that have no result yet, by time, bot and number."""

    @abstractmethod
    def request_all(self, request: FleetRequest) -> FleetCommand:
        """Store one command to every bot that can execute it; publish as for `request`."""

    @abstractmethod
    def pending_fleet_commands(self) -> list[FleetCommand]:
        """Return the commands to all bots that have no result yet, by number."""

    @abstractmethod
    def transitions(self, name: str) -> list[Transition]:
        """Return a bot's history of states."""


class LedgerRepository(ABC):
    """Ledger of bots: journal, orders, equity, accounts, and how far the tape was read."""

    @abstractmethod
    def commit(self, step: LedgerStep) -> None:
        """Commit everything in one transaction, synchronously.

        Raises LedgerConflict, and stores nothing, if a group is not where its advance starts, a
        number is already used or skips one, or a command already has a result.
        """

    @abstractmethod
    def check(self, step: LedgerStep) -> None:
        """Raise the errors that `commit` would raise, and store nothing."""

    @abstractmethod
    def cursor(self, group: Group) -> Cursor | None:
        """Return the cursor up to which a group's accounts are folded."""

    @abstractmethod
    def journal(self, name: str) -> list[JournalEntry]:
        """Return a bot's journal."""

    @abstractmethod
    def checkpoints(self, names: Collection[str]) -> dict[str, Checkpoint]:
        """Return the checkpoints of those bots that have one."""

    @abstractmethod
    def orders(self, name: str, start: datetime, end: datetime) -> list[AccountOrder]:
        """Return a bot's orders of a span, including refused ones."""

    @abstractmethod
    def equity(self, name: str, start: datetime, end: datetime) -> list[EquityMark]:
        """Return a bot's marks of a span."""

    @abstractmethod
    def unthinned(self, before: datetime) -> list[str]:
        """Return the bots that have more marks on a day up to a UTC midnight than thinning keeps,
        by name.
        """

    @abstractmethod
    def thin_equity(self, bot: str, before: datetime) -> int:
        """Delete a bot's marks up to a UTC midnight that thinning does not keep. Return how many.

        `bot_manager.verification.marks.thin_marks` defines what is kept; idempotent.
        """

    @abstractmethod
    def daily_before(self, names: Collection[str]) -> dict[str, datetime]:
        """Return the midnight up to which only the last mark of each day was kept, by bot.

        Only for bots whose marks were thinned before each day's extremes were kept.
        """


class BotVerificationRepository(ABC):
    """Results of verifying bots."""

    @abstractmethod
    def add(self, verification: BotVerificationRecord) -> None:
        """Store a bot's next record. Raises UnknownBot, LedgerConflict if its number is used."""

    @abstractmethod
    def latest(self, names: Collection[str] | None = None) -> dict[str, BotVerificationRecord]:
        """Return the newest verification of each (of these) bots that has one: for badges."""

    @abstractmethod
    def history(self, name: str, limit: int = 400) -> list[BotVerificationRecord]:
        """Return a bot's newest verifications, oldest first."""

    @abstractmethod
    def required_tape(self) -> dict[InstrumentId, Cursor]:
        """Return the oldest cursor of each tape that bots need; other tapes are left out.

        The tape after this cursor must be kept: it is not verified yet, or accounts are restored
        from it. An archived bot that was verified once, with any result, needs no tape.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStores:
    """The repositories that the bot manager reads and writes."""

    instruments: InstrumentRepository
    trades: TradeRepository
    requests: RequestRepository
    signals: SignalRepository
    bots: BotRepository
    ledger: LedgerRepository
