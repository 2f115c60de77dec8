"""Commands to bots, their results, and the status of bots."""

from datetime import datetime

import msgspec

from bot_manager.domain.lifecycle import BotState, LifecycleEvent, desired_state_of
from data import require_utc


class CommandRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a bot: one of `lifecycle.COMMANDS`."""

    bot: str
    command: LifecycleEvent
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    @property
    def desired_state(self) -> BotState | None:
        """Return the desired state, None for a flatten."""
        return desired_state_of(self.command)


class BotCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A stored request: `number` counts from 1 for each bot.

    `answered_at` is None until the manager processed it; `refusal` is the reason if it was refused.
    """

    number: int
    request: CommandRequest
    answered_at: datetime | None = None
    refusal: str = ""


class CommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a command: accepted, or refused with a reason."""

    bot: str
    number: int
    answered_at: datetime
    refusal: str = ""


class FleetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to every bot that can execute it when it is processed."""

    command: LifecycleEvent
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    def of(self, bot: str) -> CommandRequest:
        """Return the same request to one bot."""
        return CommandRequest(
            bot=bot,
            command=self.command,
            actor=self.actor,
            reason=self.reason,
            made_at=self.made_at,
        )


class FleetCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A stored request to all bots: `number` counts from 1; `bot_count` bots executed it."""

    number: int
    request: FleetRequest
    answered_at: datetime | None = None
    bot_count: int = 0


class FleetCommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a command to all bots: `bot_count` of them executed it."""

    number: int
    answered_at: datetime
    bot_count: int


class BotStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Current status of a bot. `transitions` and `entries` count its rows.

    `since` and `reason` are those of the last transition that explains its state; `version` is the
    newest of its configuration; `desired_state` is set by the last accepted command;
    `requested` is the state in a later command that the manager has not processed yet.
    """

    name: str
    state: BotState
    desired_state: BotState
    since: datetime
    reason: str
    version: int
    created_at: datetime
    transitions: int = 0
    entries: int = 0
    requested: BotState | None = None

    @property
    def requested_state(self) -> BotState:
        """Return the desired state once every pending command is accepted."""
        return self.requested or self.desired_state
