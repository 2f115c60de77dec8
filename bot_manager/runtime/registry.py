"""The active bots in memory; all of it can be read again from the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bot_manager.domain.lifecycle import MANAGED_STATES, BotState
from bot_manager.domain.ports import BotStores
from bot_manager.domain.session import BotSession, session_of, sessions_of
from bot_manager.domain.status import BotStatus
from bot_manager.groups.account_fold import fold_accounts
from bot_manager.groups.accounts import CarriedAccount, restore_account
from bot_manager.groups.active_bot import ActiveBot
from bot_manager.groups.bot_changes import BotChanges, BotSnapshot
from bot_manager.groups.signal_view import read_signal_view
from data import Cursor, Trade
from strategies import Group
from utils.isolation import Isolation

_PAGE = 5_000


GroupProgress = tuple[datetime | None, Cursor | None]
"""Time up to which a group is evaluated, and the end of its tape."""


@dataclass(slots=True)
class BotRegistry:
    """Every active bot by name, the cursor and the last progress of each group.

    A group whose progress equals its `last_progress` has nothing to do.
    """

    stores: BotStores
    isolation: Isolation
    bots: dict[str, ActiveBot] = field(default_factory=dict)
    cursors: dict[Group, Cursor] = field(default_factory=dict)
    last_progress: dict[Group, GroupProgress] = field(default_factory=dict)
    unreadable: dict[str, tuple[BotStatus, str]] = field(default_factory=dict)
    """Bots that cannot be read, for any reason: they are left out and must fail."""

    def load(self) -> None:
        """Read every active bot, and fold its account up to its group's cursor.

        A bot that cannot be read becomes `unreadable`, without an effect on others.
        """
        for status in self.stores.bots.all():
            if status.state in MANAGED_STATES:
                self._try(status, partial(self.add, status))
        for group, bots in self.by_group().items():
            with self.isolation.attempt(f"group {group}") as together:
                self._rebuild(group, bots)
            if together.failed:
                for bot in bots:
                    self._try(bot.snapshot.status, partial(self._rebuild, group, [bot]))
                self.isolation.remove(f"group {group}")

    def _try(self, status: BotStatus, read: Callable[[], object]) -> None:
        """Call `read` for a bot; on an error move it to `unreadable`."""
        item = f"bot {status.name}"
        with self.isolation.attempt(item) as attempt:
            read()
        if attempt.failed:
            # The bot is going to fail, which has a state and an alert of its own.
            self.isolation.remove(item)
            self.bots.pop(status.name, None)
            self.unreadable[status.name] = status, f"cannot be read: {attempt.problem}"

    def add(self, status: BotStatus) -> ActiveBot:
        """Read one bot."""
        versions = self.stores.bots.versions(status.name)
        journal = self.stores.ledger.journal(status.name)
        sessions = sessions_of(journal, versions)
        session = current(sessions, status.state)
        last = journal[-1].effective_at if journal and session is not None else None
        bot = ActiveBot(BotSnapshot(status, session, None, last), versions[-1])
        if session is not None:
            bot.entries = [entry for entry in journal if entry.sequence >= session.number]
        checkpoint = self.stores.ledger.checkpoints([status.name]).get(status.name)
        if checkpoint is not None:
            if session is not None and checkpoint.session == session.number:
                bot.account = restore_account(session, checkpoint)
                bot.snapshot = replace(bot.snapshot, opened=True)
            else:
                of = next(one for one in sessions if one.number == checkpoint.session)
                bot.carried = CarriedAccount(checkpoint, of.config.capital)
        self.bots[status.name] = bot
        if session is not None:
            self.load_cursor(session.group)
        self.refresh(bot)
        return bot

    def _reload(self, name: str) -> None:
        """Read a bot without a session again after a commit."""
        self.bots.pop(name, None)
        status = self.stores.bots.get(name)
        if status is not None and status.state in MANAGED_STATES:
            self._try(status, partial(self.add, status))

    def apply(self, name: str, changes: Sequence[BotChanges]) -> None:
        """Apply the committed changes of a bot's commands."""
        bot = self.bots.get(name)
        if bot is None or bot.session is None:
            self._reload(name)
            return
        self.last_progress.pop(bot.session.group, None)
        bot.entries += [entry for one in changes for entry in one.entries]
        session = session_of(bot.entries, bot.session.config)
        bot.snapshot = replace(changes[-1].snapshot, session=session)
        if bot.account is not None:
            bot.account = replace(bot.account, session=session)

    def members(self, group: Group) -> list[ActiveBot]:
        """Return the active bots of a group."""
        return [bot for bot in self.bots.values() if bot.session and bot.session.group == group]

    def by_group(self) -> dict[Group, list[ActiveBot]]:
        """Return the active bots by group, groups in order."""
        groups: dict[Group, list[ActiveBot]] = {}
        for bot in self.bots.values():
            if bot.session:
                groups.setdefault(bot.session.group, []).append(bot)
        return dict(sorted(groups.items()))

    def refresh(self, bot: ActiveBot) -> None:
        """Update the cursor in a bot's snapshot: its group's, or its account's if that is later."""
        cursor = self.cursors.get(bot.session.group) if bot.session else None
        if bot.account is not None:
            own = bot.account.cursor
            cursor = own if cursor is None or own > cursor else cursor
        old = bot.snapshot
        # Constructed directly: this runs for every bot whenever its group moves.
        bot.snapshot = BotSnapshot(
            old.status, old.session, cursor, old.last, old.opened or bot.account is not None
        )

    def load_cursor(self, group: Group) -> None:
        """Load a group's cursor, and mark the group as due."""
        self.last_progress.pop(group, None)
        if group not in self.cursors:
            cursor = self.stores.ledger.cursor(group)
            if cursor is not None:
                self.cursors[group] = cursor

    def _rebuild(self, group: Group, bots: list[ActiveBot]) -> None:
        """Fold stored accounts up to the group's cursor; their rows are already stored."""
        cursor = self.cursors.get(group)
        accounts = [bot.account for bot in bots if bot.account is not None]
        if cursor is None or not accounts:
            return
        signal_view = read_signal_view(
            self.stores.signals, group, min(one.last_target_time for one in accounts)
        )
        if signal_view is None:
            return
        for page in self._up_to(group, min(one.cursor for one in accounts), cursor):
            accounts = fold_accounts(accounts, page, signal_view).accounts
        rebuilt = {account.bot: account for account in accounts}
        for bot in bots:
            bot.account = rebuilt.get(bot.name)

    def _up_to(self, group: Group, start: Cursor, end: Cursor) -> Iterator[list[Trade]]:
        while start < end:
            page = self.stores.trades.after(group.instrument, start, _PAGE)
            yield [trade for trade in page if trade.cursor <= end]
            if not page:
                return
            start = page[-1].cursor


def current(sessions: Sequence[BotSession], state: BotState) -> BotSession | None:
    """Return a bot's current session; one with an end counts only while it is stopping."""
    if not sessions or (sessions[-1].end is not None and state is not BotState.STOPPING):
        return None
    return sessions[-1]
