"""The life of a bot as an explicit state machine: pure, and complete in one table.

A person's command says which state is *wanted*; what the manager sees on the tape makes it so.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from bot_manager.errors import IllegalTransition
from data import Cursor, require_utc


class BotState(StrEnum):
    """Where a bot is in its life.

    WARMING_UP: started, but its strategy lacks history or is not evaluated up to its start yet.
    PAUSED: no new entries, exits are managed. STOPPING: waits until its account is where it ends.
    DEGRADED: runs, but its feed or its strategy does not. FAILED: cannot go on. ARCHIVED: kept for
    its history.
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
    """What moves a bot from state to state: first a person's commands, then what is observed.

    STOP closes the position at the next print; KEEP stops at once and leaves it as it is. KILL is
    a STOP that waits for nobody and overtakes whatever was asked before. WAITS tells why a bot that
    was started is not running yet.
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
"""The rules that a person invokes."""

ACTIVE = (BotState.WARMING_UP, BotState.RUNNING, BotState.PAUSED, BotState.DEGRADED)
"""States in which a bot is folded and listens to commands."""
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
    # Who warms up, or runs in trouble, stays so: the wanted state tells what it will be then.
    TransitionRule.PAUSE: {state: state for state in ACTIVE} | {BotState.RUNNING: BotState.PAUSED},
    TransitionRule.RESUME: {state: state for state in ACTIVE} | {BotState.PAUSED: BotState.RUNNING},
    TransitionRule.FLATTEN: {state: state for state in ACTIVE},
    TransitionRule.STOP: dict.fromkeys(ACTIVE, BotState.STOPPING),
    TransitionRule.KEEP: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    TransitionRule.KILL: dict.fromkeys(MANAGED_STATES, BotState.STOPPING),
    TransitionRule.ARCHIVE: dict.fromkeys(_AT_REST, BotState.ARCHIVED),
    TransitionRule.OPENED: {BotState.WARMING_UP: BotState.RUNNING},
    # One that is degraded already gives another reason.
    TransitionRule.DEGRADED: dict.fromkeys((*_HEALTHY, BotState.DEGRADED), BotState.DEGRADED),
    TransitionRule.RECOVERED: {BotState.DEGRADED: BotState.RUNNING},
    TransitionRule.ENDED: {BotState.STOPPING: BotState.STOPPED},
    TransitionRule.FAILED: dict.fromkeys(MANAGED_STATES, BotState.FAILED),
    TransitionRule.WAITS: {BotState.WARMING_UP: BotState.WARMING_UP},
}


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """A bot went from one state to another; `number` counts from 1 for each bot.

    `place` is where on the tape it takes effect, None where no tape is concerned.
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
        """Tell whether it says why its bot is where it is.

        A command to a bot that stays where it is does not: trouble is no smaller for it.
        """
        return self.before is not self.after or self.rule in (
            TransitionRule.WAITS,
            TransitionRule.DEGRADED,
        )


def desired_state_of(command: TransitionRule) -> BotState | None:
    """Return the state that a command asks for; None if it asks for none."""
    return _DESIRED_STATES.get(command)


def next_state(bot: str, state: BotState, rule: TransitionRule, desired: BotState) -> BotState:
    """Return the state after a rule; RUNNING is PAUSED where that is wanted.

    Raises IllegalTransition.
    """
    after = _TABLE[rule].get(state)
    if after is None:
        raise IllegalTransition(bot, state, rule, tuple(_TABLE[rule]))
    return BotState.PAUSED if after is BotState.RUNNING and desired is BotState.PAUSED else after


def allowed_commands(state: BotState) -> tuple[TransitionRule, ...]:
    """Return what a person may ask of a bot in this state."""
    return tuple(rule for rule in COMMANDS if state in _TABLE[rule])
