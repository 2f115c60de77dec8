"""Lifecycle of a bot as an explicit state machine: pure, and complete in one table.

A user's command sets the desired state; events that the manager observes lead there.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from bot_manager.errors import IllegalTransition
from data import Cursor, require_utc


class BotState(StrEnum):
    """State of a bot in its lifecycle.

    WARMING_UP: started, but its strategy lacks history or is not evaluated up to its start yet.
    PAUSED: no new entries, exits are managed. STOPPING: waits until its account reaches its end.
    DEGRADED: runs, but its feed or its strategy does not. FAILED: cannot continue. ARCHIVED: kept
    for its history.
    """

    CREATED = "created"
    WARMING_UP = "warming_up"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEGRADED = "degraded"
    FAILED = "failed"
    ARCHIVED = "archived"


class TransitionRule(StrEnum):
    """Rules that move a bot between states: first a user's commands, then observed events.

    STOP closes the position at the next print; KEEP stops at once and leaves it open. KILL is a
    STOP that does not wait for signals and overrides earlier commands. WAITS records why a started
    bot is not running yet.
    """

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    FLATTEN = "flatten"
    STOP = "stop"
    KEEP = "keep"
    KILL = "kill"
    ARCHIVE = "archive"
    OPENED = "opened"
    DEGRADED = "degraded"
    RECOVERED = "recovered"
    ENDED = "ended"
    FAILED = "failed"
    WAITS = "waits"


COMMANDS = tuple(TransitionRule)[: tuple(TransitionRule).index(TransitionRule.OPENED)]
"""The rules that a user can request."""

ACTIVE = (BotState.WARMING_UP, BotState.RUNNING, BotState.PAUSED, BotState.DEGRADED)
"""States in which a bot is folded and accepts commands."""
MANAGED_STATES = (*ACTIVE, BotState.STOPPING)

_DESIRED_STATES = {
    TransitionRule.START: BotState.RUNNING,
    TransitionRule.PAUSE: BotState.PAUSED,
    TransitionRule.RESUME: BotState.RUNNING,
    TransitionRule.STOP: BotState.STOPPED,
    TransitionRule.KEEP: BotState.STOPPED,
    TransitionRule.KILL: BotState.STOPPED,
    TransitionRule.ARCHIVE: BotState.ARCHIVED,
}
_AT_REST = (BotState.CREATED, BotState.STOPPED, BotState.FAILED)
_HEALTHY = (BotState.RUNNING, BotState.PAUSED)

_TABLE: dict[TransitionRule, dict[BotState, BotState]] = {
    TransitionRule.START: dict.fromkeys(_AT_REST, BotState.WARMING_UP),
    # A bot that warms up or is degraded keeps its state: the desired state applies afterwards.
    TransitionRule.PAUSE: {state: state for state in ACTIVE} | {BotState.RUNNING: BotState.PAUSED},
    TransitionRule.RESUME: {state: state for state in ACTIVE} | {BotState.PAUSED: BotState.RUNNING},
    TransitionRule.FLATTEN: {state: state for state in ACTIVE},
    TransitionRule.STOP: dict.fromkeys(ACTIVE, BotState.STOPPING),
    TransitionRule.KEEP: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    TransitionRule.KILL: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    TransitionRule.ARCHIVE: dict.fromkeys(_AT_REST, BotState.ARCHIVED),
    TransitionRule.OPENED: {BotState.WARMING_UP: BotState.RUNNING},
    # A bot that is already degraded gets a new reason.
    TransitionRule.DEGRADED: dict.fromkeys((*_HEALTHY, BotState.DEGRADED), BotState.DEGRADED),
    TransitionRule.RECOVERED: {BotState.DEGRADED: BotState.RUNNING},
    TransitionRule.ENDED: {BotState.STOPPING: BotState.STOPPED},
    TransitionRule.FAILED: dict.fromkeys(MANAGED_STATES, BotState.FAILED),
    TransitionRule.WAITS: {BotState.WARMING_UP: BotState.WARMING_UP},
}


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A bot moved from one state to another; `number` counts from 1 for each bot.

    `place` is where on the tape it takes effect, None if it concerns no tape.
    """

    bot: str
    number: int
    before: BotState
    after: BotState
    rule: TransitionRule
    actor: str
    reason: str
    made_at: datetime
    place: Cursor | None = None

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    @property
    def explains(self) -> bool:
        """Return whether the transition explains the bot's state.

        A command that leaves the state unchanged does not: the earlier reason still holds.
        """
        return self.before is not self.after or self.rule in (
            TransitionRule.WAITS,
            TransitionRule.DEGRADED,
        )


def desired_state_of(command: TransitionRule) -> BotState | None:
    """Return the desired state that a command sets; None if it sets none."""
    return _DESIRED_STATES.get(command)


def next_state(bot: str, state: BotState, rule: TransitionRule, desired: BotState) -> BotState:
    """Return the state after a rule; PAUSED instead of RUNNING if PAUSED is desired.

    Raises IllegalTransition.
    """
    after = _TABLE[rule].get(state)
    if after is None:
        raise IllegalTransition(bot, state, rule, tuple(_TABLE[rule]))
    return BotState.PAUSED if after is BotState.RUNNING and desired is BotState.PAUSED else after


def allowed_commands(state: BotState) -> tuple[TransitionRule, ...]:
    """Return the commands that a user may send to a bot in this state."""
    return tuple(rule for rule in COMMANDS if state in _TABLE[rule])
