"""What commands and events change of a bot: results, journal entries, transitions. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from bot_manager.domain.journal import (
    CommandAccepted,
    Decision,
    JournalEntry,
    SessionEnded,
    next_cursor,
)
from bot_manager.domain.lifecycle import LifecycleEvent, Transition, next_state
from bot_manager.domain.session import BotSession
from bot_manager.domain.status import BotCommand, BotStatus, CommandResult
from bot_manager.errors import IllegalTransition
from bot_manager.trading import AccountCommand
from data import Cursor

_ACCOUNT_COMMANDS = {
    LifecycleEvent.PAUSE: AccountCommand.PAUSE,
    LifecycleEvent.RESUME: AccountCommand.RESUME,
    LifecycleEvent.FLATTEN: AccountCommand.FLATTEN,
}
_ENDS = {
    LifecycleEvent.STOP: SessionEnded(flatten=True),
    LifecycleEvent.KEEP: SessionEnded(flatten=False),
    LifecycleEvent.KILL: SessionEnded(flatten=True, kill=True),
}
_AT_ONCE = (LifecycleEvent.PAUSE, LifecycleEvent.KEEP, LifecycleEvent.KILL)
"""Commands that take effect right after the last folded print, also before `now`."""


@dataclass(frozen=True, slots=True)
class BotSnapshot:
    """Status of a bot, its session if it has one, and how far it is folded.

    `last` is the cursor of its newest journal entry; `opened`: its account has been opened.
    """

    status: BotStatus
    session: BotSession | None = None
    cursor: Cursor | None = None
    last: Cursor | None = None
    opened: bool = False


@dataclass(slots=True)
class BotChanges:
    """Rows that follow from a command or an event, and the bot's snapshot after them."""

    snapshot: BotSnapshot
    results: list[CommandResult] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)


def apply_command(bot_command: BotCommand, snapshot: BotSnapshot, now: datetime) -> BotChanges:
    """Accept or refuse a command at `now` and return what it changes."""
    request, changes = bot_command.request, BotChanges(snapshot)
    result = CommandResult(bot=request.bot, number=bot_command.number, answered_at=now)
    if request.desired_state is not None:
        with_desired_state = msgspec.structs.replace(
            snapshot.status, desired_state=request.desired_state
        )
        changes.snapshot = replace(snapshot, status=with_desired_state)
    try:
        _move(changes, request.command, request.actor, request.reason, now)
    except IllegalTransition as error:
        refused = msgspec.structs.replace(result, refusal=str(error))
        return BotChanges(snapshot, results=[refused])
    changes.results.append(result)
    decision = _decision(request.command)
    if snapshot.session is not None and decision is not None:
        cursor = effective_cursor(request.command, snapshot, now)
        add_entry(changes, cursor, decision, request.actor, request.reason, now)
    elif request.command in _ENDS:
        _move(changes, LifecycleEvent.ENDED, request.actor, "it had no session yet", now)
    return changes


def effective_cursor(command: LifecycleEvent, snapshot: BotSnapshot, now: datetime) -> Cursor:
    """Return where a command accepted at `now` takes effect.

    After the last folded print: PAUSE, KEEP and KILL right there, others not before `now`. KEEP and
    KILL may precede entries of the journal; other commands do not.
    """
    session, accepted = snapshot.session, Cursor(now, 0)
    next_ = accepted if snapshot.cursor is None else next_cursor(snapshot.cursor)
    cursor = next_ if command in _AT_ONCE else max(accepted, next_)
    if session is not None:
        # An end at the session's start is only for accounts that processed nothing.
        start = session.start_cursor
        cursor = max(cursor, next_cursor(start) if snapshot.opened else start)
    if snapshot.last is not None and command not in (LifecycleEvent.KEEP, LifecycleEvent.KILL):
        cursor = max(cursor, snapshot.last)
    return cursor


def apply_event(
    snapshot: BotSnapshot, event: LifecycleEvent, actor: str, reason: str, now: datetime
) -> BotChanges:
    """Apply an event at the group's cursor. Raises IllegalTransition."""
    changes = BotChanges(snapshot)
    _move(changes, event, actor, reason, now)
    return changes


def _move(
    changes: BotChanges, event: LifecycleEvent, actor: str, reason: str, now: datetime
) -> None:
    snapshot = changes.snapshot
    status = snapshot.status
    after = next_state(status.name, status.state, event, status.desired_state)
    number = status.transitions + 1
    transition = Transition(
        bot=status.name,
        number=number,
        before=status.state,
        after=after,
        event=event,
        actor=actor,
        reason=reason,
        made_at=now,
        cursor=snapshot.cursor,
    )
    changes.transitions.append(transition)
    changed = msgspec.structs.replace(status, state=after, transitions=number)
    if transition.explains:
        changed = msgspec.structs.replace(changed, since=now, reason=reason)
    changes.snapshot = replace(snapshot, status=changed)


def _decision(command: LifecycleEvent) -> Decision | None:
    if command in _ENDS:
        return _ENDS[command]
    account_command = _ACCOUNT_COMMANDS.get(command)
    return None if account_command is None else CommandAccepted(command=account_command)


def add_entry(
    changes: BotChanges,
    effective_at: Cursor,
    decision: Decision,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Add the next journal entry to the changes."""
    snapshot = changes.snapshot
    status = snapshot.status
    changes.entries.append(
        JournalEntry(
            bot=status.name,
            sequence=status.entries,
            effective_at=effective_at,
            decision=decision,
            actor=actor,
            reason=reason,
            made_at=now,
        )
    )
    written = msgspec.structs.replace(status, entries=status.entries + 1)
    changes.snapshot = replace(snapshot, status=written, last=effective_at)
