"""The living bots as the manager has them in memory; all of it can be read again from the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from bot_manager.accounts import CarriedAccount, restore_account
from bot_manager.active_bot import ActiveBot
from bot_manager.bot_outcome import BotOutcome, BotSnapshot
from bot_manager.group_fold import fold_group
from bot_manager.lifecycle import MANAGED_STATES, BotState
from bot_manager.service.stores import BotStores
from bot_manager.session import BotSession, session_of, sessions_of
from bot_manager.signal_view import read_signal_view
from bot_manager.status import BotStatus
from data import Cursor, Trade
from strategies import Group
from utils.isolation import Isolation

_PAGE = 5_000


GroupProgress = tuple[datetime | None, Cursor | None]
"""How far a group is evaluated, and where its tape ends."""


@dataclass(slots=True)
class BotRegistry:
    """Every living bot by name, how far each group is folded, and what it was last seen at.

    A group that is seen where it was `last_progress` has nothing to do.
    """

    stores: BotStores
    isolation: Isolation
    bots: dict[str, ActiveBot] = field(default_factory=dict)
    cursors: dict[Group, Cursor] = field(default_factory=dict)
    last_progress: dict[Group, GroupProgress] = field(default_factory=dict)
    unreadable: dict[str, tuple[BotStatus, str]] = field(default_factory=dict)
    """Bots that cannot be read, whatever the reason: they are left out and have to fail."""

    def load(self) -> None:
        """Read every living bot, and take its account to where its group is.

        One that cannot be read is `unreadable`: it harms no other.
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
                self.isolation.forget(f"group {group}")

    def _try(self, status: BotStatus, read: Callable[[], object]) -> None:
        """Read something of a bot; one that fails is left out."""
        item = f"bot {status.name}"
        with self.isolation.attempt(item) as attempt:
            read()
        if attempt.failed:
            # It is going to fail, which has a state and an alert of its own.
            self.isolation.forget(item)
            self.bots.pop(status.name, None)
            self.unreadable[status.name] = status, f"cannot be read: {attempt.problem}"

    def add(self, status: BotStatus) -> ActiveBot:
        """Read one bot."""
        versions = self.stores.bots.versions(status.name)
        journal = self.stores.ledger.journal(status.name)
        sessions = sessions_of(journal, versions)
        session = current(sessions, status.state)
        last = journal[-1].place if journal and session is not None else None
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

    def reload(self, name: str) -> None:
        """Take what was committed of a bot into memory; its account stays where it is."""
        before = self.bots.pop(name, None)
        status = self.stores.bots.get(name)
        if status is None or status.state not in MANAGED_STATES:
            return
        self._try(status, partial(self.add, status))
        bot = self.bots.get(name)
        if bot is None:
            return
        same = before is not None and before.session is not None and bot.session is not None
        if same and before is not None and before.account is not None and bot.session is not None:
            bot.account = replace(before.account, session=bot.session)
            bot.stored_s, bot.degraded_reason = before.stored_s, before.degraded_reason
            self.refresh(bot)

    def take(self, name: str, outcomes: Sequence[BotOutcome]) -> None:
        """Take what was committed of a bot's commands into memory."""
        bot = self.bots.get(name)
        if bot is None or bot.session is None:
            self.reload(name)
            return
        self.last_progress.pop(bot.session.group, None)
        bot.entries += [entry for outcome in outcomes for entry in outcome.entries]
        session = session_of(bot.entries, bot.session.config)
        bot.snapshot = replace(outcomes[-1].snapshot, session=session)
        if bot.account is not None:
            bot.account = replace(bot.account, session=session)

    def members(self, group: Group) -> list[ActiveBot]:
        """Return the living bots of a group."""
        return [bot for bot in self.bots.values() if bot.session and bot.session.group == group]

    def by_group(self) -> dict[Group, list[ActiveBot]]:
        """Return the groups that have living bots, in order, with these."""
        groups: dict[Group, list[ActiveBot]] = {}
        for bot in self.bots.values():
            if bot.session:
                groups.setdefault(bot.session.group, []).append(bot)
        return dict(sorted(groups.items()))

    def refresh(self, bot: ActiveBot) -> None:
        """Let a bot's standing tell how far it is folded: as its group, or beyond if it ends."""
        place = self.cursors.get(bot.session.group) if bot.session else None
        if bot.account is not None:
            own = bot.account.cursor
            place = own if place is None or own > place else place
        old = bot.snapshot
        # Made for every bot whenever its group moves.
        bot.snapshot = BotSnapshot(
            old.status, old.session, place, old.last, old.opened or bot.account is not None
        )

    def load_cursor(self, group: Group) -> None:
        """Take a group's cursor into memory, and look at it in any case."""
        self.last_progress.pop(group, None)
        if group not in self.cursors:
            cursor = self.stores.ledger.cursor(group)
            if cursor is not None:
                self.cursors[group] = cursor

    def _rebuild(self, group: Group, bots: list[ActiveBot]) -> None:
        """Take stored accounts to the group's cursor; what they did up to there is stored."""
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
            accounts = fold_group(accounts, page, signal_view).accounts
        stand = {account.bot: account for account in accounts}
        for bot in bots:
            bot.account = stand.get(bot.name)

    def _up_to(self, group: Group, start: Cursor, end: Cursor) -> Iterator[list[Trade]]:
        while start < end:
            page = self.stores.trades.after(group.instrument, start, _PAGE)
            yield [trade for trade in page if trade.cursor <= end]
            if not page:
                return
            start = page[-1].cursor


def current(sessions: Sequence[BotSession], state: BotState) -> BotSession | None:
    """Return the session that a bot is in; one that has an end is over unless it is stopping."""
    if not sessions or (sessions[-1].end is not None and state is not BotState.STOPPING):
        return None
    return sessions[-1]
