"""One step of a group: convert the result of a fold to the rows of one commit. Pure."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from bot_manager.domain.journal import JournalEntry, SessionEnded, UnitsRescaled, next_cursor
from bot_manager.domain.lifecycle import BotState, LifecycleEvent, Transition
from bot_manager.domain.ports import CursorAdvance, LedgerStep
from bot_manager.groups.account_fold import AccountFoldResult, can_open, fold_accounts
from bot_manager.groups.accounts import BotAccount, open_bot_account
from bot_manager.groups.active_bot import ActiveBot
from bot_manager.groups.bisection import drop_bots
from bot_manager.groups.bot_changes import BotChanges, BotSnapshot, add_entry, apply_event
from bot_manager.groups.session_start import cursor_before
from bot_manager.groups.signal_view import SignalView
from data import Cursor, Trade
from strategies import Group

ACTOR = "bot manager"


@dataclass(frozen=True, slots=True)
class GroupStep:
    """A commit, and the state of the group and its bots after it."""

    group: Group
    commit: LedgerStep
    cursor: Cursor
    snapshots: dict[str, BotSnapshot]
    accounts: dict[str, BotAccount]


@dataclass(frozen=True, slots=True)
class TapeChunk:
    """A chunk of tape after a group's cursor, with its signals.

    `due`: bots whose accounts are stored in any case.
    """

    group: Group
    cursor: Cursor
    trades: Sequence[Trade]
    signal_view: SignalView
    now: datetime
    due: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PreparedStep:
    """A step that is not committed yet; `progress` is the group's progress it was made from."""

    bots: list[ActiveBot]
    chunk: TapeChunk
    step: GroupStep
    progress: tuple[datetime | None, Cursor | None]

    def with_step(self, step: GroupStep) -> "PreparedStep":
        """Return a copy with another step."""
        return replace(self, step=step)


def advance_group(bots: Sequence[ActiveBot], chunk: TapeChunk) -> GroupStep:
    """Advance a group by a chunk of tape; open the accounts of sessions that can start."""
    fresh = {bot.name: account for bot in bots if (account := _opened(bot, chunk.signal_view))}
    accounts = [account for bot in bots if (account := bot.account or fresh.get(bot.name))]
    folded = fold_accounts(accounts, chunk.trades, chunk.signal_view)
    step = _Writer(chunk, {bot.name: bot.snapshot for bot in bots})
    for name in fresh:
        if step.snapshots[name].status.state is BotState.WARMING_UP:
            step.move(
                name,
                LifecycleEvent.OPENED,
                "its strategy is evaluated up to the start of the session",
            )
    step.write_fold(folded)
    after = {account.bot: account for account in folded.accounts}
    before = {account.bot: account.cursor for account in accounts}
    stored = _to_store(folded, before, fresh.keys() | chunk.due)
    cursor = _cursor_after(bots, chunk)
    commit = LedgerStep(
        moves=_moves(chunk, cursor),
        entries=tuple(step.entries),
        transitions=tuple(step.transitions),
        orders=tuple(folded.orders),
        marks=tuple(folded.marks),
        checkpoints=tuple(after[name].checkpoint() for name in sorted(stored)),
    )
    return GroupStep(chunk.group, commit, cursor, step.snapshots, after)


def fail_bots(
    bots: Sequence[ActiveBot], chunk: TapeChunk, step: GroupStep, problems: Mapping[str, str]
) -> GroupStep:
    """Return a step in which some bots fail at their cursor before it; the others continue."""
    before = {bot.name: bot for bot in bots}
    writer = _Writer(chunk, {name: before[name].snapshot for name in problems})
    checkpoints = []
    for name, problem in sorted(problems.items()):
        reason = f"its orders and marks cannot be stored: {problem}"
        writer.fail(name, _account_cursor(before[name]), reason)
        if (account := before[name].account) is not None:
            checkpoints.append(account.checkpoint())
    kept = drop_bots(step.commit, problems.keys())
    commit = msgspec.structs.replace(
        kept,
        entries=(*kept.entries, *writer.entries),
        transitions=(*kept.transitions, *writer.transitions),
        checkpoints=(*kept.checkpoints, *checkpoints),
    )
    accounts = {name: account for name, account in step.accounts.items() if name not in problems}
    return replace(
        step, commit=commit, snapshots=step.snapshots | writer.snapshots, accounts=accounts
    )


def _account_cursor(bot: ActiveBot) -> Cursor:
    """Return the cursor up to which a bot's account has processed the tape."""
    assert bot.session is not None
    return cursor_before(bot.session.start_cursor) if bot.account is None else bot.account.cursor


@dataclass(slots=True)
class _Writer:
    """Collects rows of journal and states, numbered in order."""

    chunk: TapeChunk
    snapshots: dict[str, BotSnapshot]
    entries: list[JournalEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def write_fold(self, folded: AccountFoldResult) -> None:
        """Write rescales, failures and ends of a fold."""
        for change in folded.rescales:
            changes = BotChanges(self.snapshots[change.bot])
            reason = "a print has more decimals than the account's units"
            decision = UnitsRescaled(scales=change.scales)
            add_entry(changes, change.effective_at, decision, ACTOR, reason, self.chunk.now)
            self._add(change.bot, changes)
        accounts = {account.bot: account for account in folded.accounts}
        for name, reason in sorted(folded.failed.items()):
            self.fail(name, accounts[name].cursor, reason)
        for name in sorted(folded.ended):
            self.move(name, LifecycleEvent.ENDED, "session ended")

    def fail(self, name: str, cursor: Cursor, reason: str) -> None:
        """Write that a bot failed after a cursor."""
        self.move(name, LifecycleEvent.FAILED, reason)
        changes = BotChanges(self.snapshots[name])
        add_entry(
            changes, next_cursor(cursor), SessionEnded(flatten=False), ACTOR, reason, self.chunk.now
        )
        self._add(name, changes)

    def move(self, name: str, event: LifecycleEvent, reason: str) -> None:
        """Write a transition."""
        self._add(name, apply_event(self.snapshots[name], event, ACTOR, reason, self.chunk.now))

    def _add(self, name: str, changes: BotChanges) -> None:
        self.snapshots[name] = changes.snapshot
        self.entries += changes.entries
        self.transitions += changes.transitions


def _opened(bot: ActiveBot, signal_view: SignalView) -> BotAccount | None:
    session = bot.session
    if bot.account is not None or session is None:
        return None
    ends_before = session.end_cursor is not None and session.end_cursor <= session.start_cursor
    if not ends_before and not can_open(session.start_cursor, signal_view):
        return None
    return open_bot_account(session, signal_view.signals, bot.carried)


def _to_store(folded: AccountFoldResult, before: Mapping[str, Cursor], due: Set[str]) -> set[str]:
    """Return the bots whose accounts are stored: those with an effect, and those due.

    Also bots about to end that advanced: their cursors differ from their group's.
    """
    there = {account.bot for account in folded.accounts}
    ending = {
        account.bot
        for account in folded.accounts
        if account.session.end is not None and account.cursor != before[account.bot]
    }
    touched = {order.bot for order in folded.orders} | {one.bot for one in folded.rescales}
    return (touched | ending | due | set(folded.ended) | folded.failed.keys()) & there


def _cursor_after(bots: Sequence[ActiveBot], chunk: TapeChunk) -> Cursor:
    """Return the group's cursor: as far as bots without an end were folded."""
    goes_on = any(bot.session is not None and bot.session.end is None for bot in bots)
    processed = [trade.cursor for trade in chunk.trades if trade.time < chunk.signal_view.limit]
    return max(chunk.cursor, processed[-1]) if processed and goes_on else chunk.cursor


def _moves(chunk: TapeChunk, cursor: Cursor) -> tuple[CursorAdvance, ...]:
    if cursor == chunk.cursor:
        return ()
    return (CursorAdvance(group=chunk.group, before=chunk.cursor, after=cursor),)
