"""What is asked of bots, and what is known of them."""

from datetime import datetime

import msgspec

from bot_manager.lifecycle import BotState, TransitionRule, desired_state_of
from data import require_utc


class CommandRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks something of a bot: one of `lifecycle.COMMANDS`."""

    bot: str
    command: TransitionRule
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    @property
    def wanted(self) -> BotState | None:
        """Return the state that is asked for, None for a flatten."""
        return desired_state_of(self.command)


class BotCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was stored: `number` counts from 1 for each bot.

    `answered_at` is None until the manager took it; `refusal` says why it did not.
    """

    number: int
    request: CommandRequest
    answered_at: datetime | None = None
    refusal: str = ""


class CommandAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command: taken, or refused with a reason."""

    bot: str
    number: int
    answered_at: datetime
    refusal: str = ""


class FleetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks something of every bot that can do it when it is taken."""

    command: TransitionRule
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")

    def of(self, bot: str) -> CommandRequest:
        """Return it as asked of one bot."""
        return CommandRequest(
            bot=bot,
            command=self.command,
            actor=self.actor,
            reason=self.reason,
            made_at=self.made_at,
        )


class FleetCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A request to all bots as it was stored: `number` counts from 1, `reached` the bots."""

    number: int
    request: FleetRequest
    answered_at: datetime | None = None
    reached: int = 0


class FleetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A command to all bots was taken, by so many of them."""

    number: int
    answered_at: datetime
    reached: int


class BotStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A bot as it is now. `transitions` and `entries` count its rows: the next number is theirs.

    `since` and `reason` are those of the last transition that explains its state; `version` is the
    newest of its configuration; `wanted` follows from the last command that was accepted.
    """

    name: str
    state: BotState
    wanted: BotState
    since: datetime
    reason: str
    version: int
    created_at: datetime
    transitions: int = 0
    entries: int = 0
