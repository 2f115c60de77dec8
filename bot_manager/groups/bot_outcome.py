"""Outcomes of commands: answers, journal entries and transitions. Pure."""

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
from bot_manager.domain.lifecycle import Transition, TransitionRule, next_state
from bot_manager.domain.session import BotSession
from bot_manager.domain.status import BotCommand, BotStatus, CommandAnswer
from bot_manager.errors import IllegalTransition
from bot_manager.trading import Command
from data import Cursor

_ACCOUNT_COMMANDS = {
    TransitionRule.PAUSE: Command.PAUSE,
    TransitionRule.RESUME: Command.RESUME,
    TransitionRule.FLATTEN: Command.FLATTEN,
}
_ENDS = {
    TransitionRule.STOP: SessionEnded(flatten=True),
    TransitionRule.KEEP: SessionEnded(flatten=False),
    TransitionRule.KILL: SessionEnded(flatten=True, kill=True),
}
_AT_ONCE = (TransitionRule.PAUSE, TransitionRule.KEEP, TransitionRule.KILL)
"""Commands that take effect right after the last folded print, also before `now`."""


@dataclass(frozen=True, slots=True)
class BotSnapshot:
    """Status of a bot, its session if it has one, and how far it is folded.

    `last` is the place of its newest journal entry; `opened`: its account has been opened.
    """

    status: BotStatus
    session: BotSession | None = None
    cursor: Cursor | None = None
    last: Cursor | None = None
    opened: bool = False


@dataclass(slots=True)
class BotOutcome:
    """Rows that follow from a command, and the bot's snapshot after them."""

    snapshot: BotSnapshot
    answers: list[CommandAnswer] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)


def apply_command(bot_command: BotCommand, snapshot: BotSnapshot, now: datetime) -> BotOutcome:
    """Accept or refuse a command at `now` and return the outcome."""
    request, outcome = bot_command.request, BotOutcome(snapshot)
    answer = CommandAnswer(bot=request.bot, number=bot_command.number, answered_at=now)
    if request.desired_state is not None:
        with_desired_state = msgspec.structs.replace(
            snapshot.status, desired_state=request.desired_state
        )
        outcome.snapshot = replace(snapshot, status=with_desired_state)
    try:
        _move(outcome, request.command, request.actor, request.reason, now)
    except IllegalTransition as error:
        refused = msgspec.structs.replace(answer, refusal=str(error))
        return BotOutcome(snapshot, answers=[refused])
    outcome.answers.append(answer)
    decision = _decision(request.command)
    if snapshot.session is not None and decision is not None:
        place = place_of(request.command, snapshot, now)
        add_entry(outcome, place, decision, request.actor, request.reason, now)
    elif request.command in _ENDS:
        _move(outcome, TransitionRule.ENDED, request.actor, "it had no session yet", now)
    return outcome


def place_of(command: TransitionRule, snapshot: BotSnapshot, now: datetime) -> Cursor:
    """Return where a command accepted at `now` takes effect.

    After the last folded print: PAUSE, KEEP and KILL right there, others not before `now`. KEEP and
    KILL may precede entries of the journal; other commands do not.
    """
    session, accepted = snapshot.session, Cursor(now, 0)
    behind = accepted if snapshot.cursor is None else next_cursor(snapshot.cursor)
    place = behind if command in _AT_ONCE else max(accepted, behind)
    if session is not None:
        # An end at the session's start is only for accounts that processed nothing.
        place = max(place, next_cursor(session.place) if snapshot.opened else session.place)
    if snapshot.last is not None and command not in (TransitionRule.KEEP, TransitionRule.KILL):
        place = max(place, snapshot.last)
    return place


def apply_rule(
    snapshot: BotSnapshot, rule: TransitionRule, actor: str, reason: str, now: datetime
) -> BotOutcome:
    """Apply a transition rule at the group's place on the tape. Raises IllegalTransition."""
    outcome = BotOutcome(snapshot)
    _move(outcome, rule, actor, reason, now)
    return outcome


def _move(
    outcome: BotOutcome, rule: TransitionRule, actor: str, reason: str, now: datetime
) -> None:
    snapshot = outcome.snapshot
    status = snapshot.status
    after = next_state(status.name, status.state, rule, status.desired_state)
    number = status.transitions + 1
    transition = Transition(
        bot=status.name,
        number=number,
        before=status.state,
        after=after,
        rule=rule,
        actor=actor,
        reason=reason,
        made_at=now,
        place=snapshot.cursor,
    )
    outcome.transitions.append(transition)
    changed = msgspec.structs.replace(status, state=after, transitions=number)
    if transition.explains:
        changed = msgspec.structs.replace(changed, since=now, reason=reason)
    outcome.snapshot = replace(snapshot, status=changed)


def _decision(command: TransitionRule) -> Decision | None:
    if command in _ENDS:
        return _ENDS[command]
    account_command = _ACCOUNT_COMMANDS.get(command)
    return None if account_command is None else CommandAccepted(command=account_command)


def add_entry(
    outcome: BotOutcome, place: Cursor, decision: Decision, actor: str, reason: str, now: datetime
) -> None:
    """Add the next journal entry to an outcome."""
    snapshot = outcome.snapshot
    status = snapshot.status
    outcome.entries.append(
        JournalEntry(
            bot=status.name,
            sequence=status.entries,
            place=place,
            decision=decision,
            actor=actor,
            reason=reason,
            made_at=now,
        )
    )
    written = msgspec.structs.replace(status, entries=status.entries + 1)
    outcome.snapshot = replace(snapshot, status=written, last=place)
