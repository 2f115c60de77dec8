"""The journal of a bot: every decision about it, with the cursor at which it takes effect.

An entry takes effect before the first print at or after `effective_at`. Tape, stored signals and
journal determine a bot's money completely.
"""

from datetime import datetime

import msgspec

from bot_manager.trading import AccountCommand, Scales
from data import Cursor, Instrument, require_utc
from strategies import Group


class SessionStarted(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """A session started, with this version of the configuration and these facts.

    `scales` are the units of the account from here on. Another version of the strategy's code is
    another group and requires another session. `config_digest` and `code` name the configuration
    and the compiled code at the start, to explain a replay that differs. `enter_on_start`: the
    account acts on the target in force at the first print; sessions stored before this setting
    existed did so.
    """

    version: int
    group: Group
    instrument: Instrument
    scales: Scales
    config_digest: str = ""
    code: str = ""
    enter_on_start: bool = True


class CommandAccepted(msgspec.Struct, frozen=True, kw_only=True, tag="commanded"):
    """The account was commanded to pause, resume or flatten."""

    command: AccountCommand


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The session ends here. `flatten`: with the print that closes the position; else at once.

    Signals decided later are ignored. `kill`: it also overrides entries at later cursors.
    """

    flatten: bool
    kill: bool = False


class UnitsRescaled(msgspec.Struct, frozen=True, kw_only=True, tag="rescaled"):
    """The print here does not fit the account's units: they are finer from here on."""

    scales: Scales


Decision = SessionStarted | CommandAccepted | SessionEnded | UnitsRescaled


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about one bot; `sequence` counts from 0 for each bot.

    `effective_at` never decreases along sequences, except for an end that overtakes. `actor` is a
    user, or the component that made the decision.
    """

    bot: str
    sequence: int
    effective_at: Cursor
    decision: Decision
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")


def next_cursor(cursor: Cursor) -> Cursor:
    """Return the cursor right after a print."""
    return Cursor(cursor.time, cursor.trade_id + 1)
