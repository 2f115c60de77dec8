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


class LifecycleEvent(StrEnum):
    """Events that move a bot between states: first a user's commands, then observed events.

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


COMMANDS = (
    LifecycleEvent.START,
    LifecycleEvent.PAUSE,
    LifecycleEvent.RESUME,
    LifecycleEvent.FLATTEN,
    LifecycleEvent.STOP,
    LifecycleEvent.KEEP,
    LifecycleEvent.KILL,
    LifecycleEvent.ARCHIVE,
)
"""The events that a user can request."""

ACTIVE = (BotState.WARMING_UP, BotState.RUNNING, BotState.PAUSED, BotState.DEGRADED)
"""States in which a bot is folded and accepts commands."""
MANAGED_STATES = (*ACTIVE, BotState.STOPPING)

_DESIRED_STATES = {
    LifecycleEvent.START: BotState.RUNNING,
    LifecycleEvent.PAUSE: BotState.PAUSED,
    LifecycleEvent.RESUME: BotState.RUNNING,
    LifecycleEvent.STOP: BotState.STOPPED,
    LifecycleEvent.KEEP: BotState.STOPPED,
    LifecycleEvent.KILL: BotState.STOPPED,
    LifecycleEvent.ARCHIVE: BotState.ARCHIVED,
}
_AT_REST = (BotState.CREATED, BotState.STOPPED, BotState.FAILED)
_HEALTHY = (BotState.RUNNING, BotState.PAUSED)

_TABLE: dict[LifecycleEvent, dict[BotState, BotState]] = {
    LifecycleEvent.START: dict.fromkeys(_AT_REST, BotState.WARMING_UP),
    # A bot that warms up or is degraded keeps its state: the desired state applies afterwards.
    # A repeated command changes nothing, but RESUME of a running bot lifts a halt.
    LifecycleEvent.PAUSE: {state: state for state in ACTIVE} | {BotState.RUNNING: BotState.PAUSED},
    LifecycleEvent.RESUME: {state: state for state in ACTIVE} | {BotState.PAUSED: BotState.RUNNING},
    LifecycleEvent.FLATTEN: {state: state for state in ACTIVE},
    LifecycleEvent.STOP: dict.fromkeys(ACTIVE, BotState.STOPPING),
    LifecycleEvent.KEEP: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    LifecycleEvent.KILL: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    LifecycleEvent.ARCHIVE: dict.fromkeys(_AT_REST, BotState.ARCHIVED),
    LifecycleEvent.OPENED: {BotState.WARMING_UP: BotState.RUNNING},
    # A bot that is already degraded gets a new reason.
    LifecycleEvent.DEGRADED: dict.fromkeys((*_HEALTHY, BotState.DEGRADED), BotState.DEGRADED),
    LifecycleEvent.RECOVERED: {BotState.DEGRADED: BotState.RUNNING},
    LifecycleEvent.ENDED: {BotState.STOPPING: BotState.STOPPED},
    LifecycleEvent.FAILED: dict.fromkeys(MANAGED_STATES, BotState.FAILED),
    LifecycleEvent.WAITS: {BotState.WARMING_UP: BotState.WARMING_UP},
}


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A bot moved from one state to another; `number` counts from 1 for each bot.

    `cursor` is where on the tape it takes effect, None if it concerns no tape.
    """

    bot: str
    number: int
    before: BotState
    after: BotState
    event: LifecycleEvent
    actor: str
    reason: str
    made_at: datetime
    cursor: Cursor | None = None

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    @property
    def explains(self) -> bool:
        """Return whether the transition explains the bot's state.

        A command that leaves the state unchanged does not: the earlier reason still holds.
        """
        return self.before is not self.after or self.event in (
            LifecycleEvent.WAITS,
            LifecycleEvent.DEGRADED,
        )


def desired_state_of(command: LifecycleEvent) -> BotState | None:
    """Return the desired state that a command sets; None if it sets none."""
    return _DESIRED_STATES.get(command)


def next_state(bot: str, state: BotState, event: LifecycleEvent, desired: BotState) -> BotState:
    """Return the state after a event; PAUSED instead of RUNNING if PAUSED is desired.

    Raises IllegalTransition.
    """
    after = _TABLE[event].get(state)
    if after is None:
        raise IllegalTransition(bot, state, event, tuple(_TABLE[event]))
    return BotState.PAUSED if after is BotState.RUNNING and desired is BotState.PAUSED else after


def allowed_commands(state: BotState) -> tuple[LifecycleEvent, ...]:
    """Return the commands that a user may send to a bot in this state, also without effect."""
    return tuple(event for event in COMMANDS if state in _TABLE[event])
