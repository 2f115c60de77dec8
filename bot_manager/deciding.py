"""What a person's command comes to: an answer, entries of the journal, a transition. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from bot_manager.errors import IllegalTransition
from bot_manager.journal import Commanded, Decision, Ended, JournalEntry, following
from bot_manager.lifecycle import Rule, Transition, next_state
from bot_manager.session import Session
from bot_manager.status import Answer, AskedCommand, BotStatus
from bot_manager.trading import Command
from data import Cursor

_ACCOUNT_COMMANDS = {
    Rule.PAUSE: Command.PAUSE,
    Rule.RESUME: Command.RESUME,
    Rule.FLATTEN: Command.FLATTEN,
}
_ENDS = {
    Rule.STOP: Ended(flatten=True),
    Rule.KEEP: Ended(flatten=False),
    Rule.KILL: Ended(flatten=True, kill=True),
}
_AT_ONCE = (Rule.PAUSE, Rule.KEEP, Rule.KILL)
"""Commands that take effect right behind the last print that was folded, whatever the time."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a bot is: its status, its session if it has one, and how far it is folded.

    `last` is the place of its newest entry; `opened`: its account has begun.
    """

    status: BotStatus
    session: Session | None = None
    cursor: Cursor | None = None
    last: Cursor | None = None
    opened: bool = False


@dataclass(slots=True)
class Outcome:
    """Rows that follow from a command, and the bot's standing after them."""

    standing: Standing
    answers: list[Answer] = field(default_factory=list)
    entries: list[JournalEntry] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)


def obey(asked: AskedCommand, standing: Standing, now: datetime) -> Outcome:
    """Return what becomes of a command that is accepted, or refused, at `now`."""
    request, outcome = asked.request, Outcome(standing)
    answer = Answer(bot=request.bot, number=asked.number, answered_at=now)
    if request.wanted is not None:
        wanting = msgspec.structs.replace(standing.status, wanted=request.wanted)
        outcome.standing = replace(standing, status=wanting)
    try:
        _move(outcome, request.command, request.actor, request.reason, now)
    except IllegalTransition as error:
        refused = msgspec.structs.replace(answer, refusal=str(error))
        return Outcome(standing, answers=[refused])
    outcome.answers.append(answer)
    decision = _decision(request.command)
    if standing.session is not None and decision is not None:
        place = place_of(request.command, standing, now)
        write(outcome, place, decision, request.actor, request.reason, now)
    elif request.command in _ENDS:
        _move(outcome, Rule.ENDED, request.actor, "it had not begun", now)
    return outcome


def place_of(command: Rule, standing: Standing, now: datetime) -> Cursor:
    """Return where a command accepted at `now` takes effect.

    Behind what is folded; a pause, a keep and a kill right there, others not before `now`. Behind
    whatever the bot was told before, but for a keep and a kill, which overtake it.
    """
    session, accepted = standing.session, Cursor(now, 0)
    behind = accepted if standing.cursor is None else following(standing.cursor)
    place = behind if command in _AT_ONCE else max(accepted, behind)
    if session is not None:
        # An end right where the session begins is for accounts that never heard anything.
        place = max(place, following(session.place) if standing.opened else session.place)
    if standing.last is not None and command not in (Rule.KEEP, Rule.KILL):
        place = max(place, standing.last)
    return place


def moved(standing: Standing, rule: Rule, actor: str, reason: str, now: datetime) -> Outcome:
    """Return the transition by a rule, taken where the bot's group is. Raises IllegalTransition."""
    outcome = Outcome(standing)
    _move(outcome, rule, actor, reason, now)
    return outcome


def _move(outcome: Outcome, rule: Rule, actor: str, reason: str, now: datetime) -> None:
    standing = outcome.standing
    status = standing.status
    after = next_state(status.name, status.state, rule, status.wanted)
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
        place=standing.cursor,
    )
    outcome.transitions.append(transition)
    changed = msgspec.structs.replace(status, state=after, transitions=number)
    if transition.explains:
        changed = msgspec.structs.replace(changed, since=now, reason=reason)
    outcome.standing = replace(standing, status=changed)


def _decision(command: Rule) -> Decision | None:
    if command in _ENDS:
        return _ENDS[command]
    told = _ACCOUNT_COMMANDS.get(command)
    return None if told is None else Commanded(command=told)


def write(
    outcome: Outcome, place: Cursor, decision: Decision, actor: str, reason: str, now: datetime
) -> None:
    """Add the next entry of the journal to an outcome."""
    standing = outcome.standing
    status = standing.status
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
    outcome.standing = replace(standing, status=written, last=place)
