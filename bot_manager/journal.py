"""The journal of a bot: what was decided about it, each entry with its place on the tape.

An entry takes effect before the first print at or behind its `place`. With the tape and the stored
signals the journal is all that a bot's money follows from.
"""

from datetime import datetime

import msgspec

from bot_manager.trading import Command, Scales
from data import Cursor, Instrument, require_utc
from strategies import Group


class SessionStarted(msgspec.Struct, frozen=True, kw_only=True, tag="started"):
    """A session began, with this version of the configuration and these facts.

    `scales` are the units of the account from here on. Another version of the strategy's code is
    another group: it takes another session. `config_digest` and `code` name the configuration and
    the compiled code it began with, to explain a replay that comes out differently.
    `enter_on_start`: the target in force at the start is acted on at the first print; sessions that
    were stored before the rule existed did so.
    """

    version: int
    group: Group
    instrument: Instrument
    scales: Scales
    config_digest: str = ""
    code: str = ""
    enter_on_start: bool = True


class CommandAccepted(msgspec.Struct, frozen=True, kw_only=True, tag="commanded"):
    """The account was told to pause, resume or flatten."""

    command: Command


class SessionEnded(msgspec.Struct, frozen=True, kw_only=True, tag="ended"):
    """The session ends here. `flatten`: with the print that closes the position; else at once.

    Nothing that the strategy decides behind this place is heard. `kill`: it overtakes whatever was
    to take effect later.
    """

    flatten: bool
    kill: bool = False


class UnitsRescaled(msgspec.Struct, frozen=True, kw_only=True, tag="rescaled"):
    """The print here does not fit the account's units: from it on they are finer."""

    scales: Scales


Decision = SessionStarted | CommandAccepted | SessionEnded | UnitsRescaled


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about one bot; `sequence` counts from 0 for each.

    Places never fall along sequences, but for an end that overtakes. `actor` is a person, or the
    part of the platform that saw it.
    """

    bot: str
    sequence: int
    place: Cursor
    decision: Decision
    actor: str
    reason: str
    made_at: datetime

    def __post_init__(self) -> None:
        require_utc(self.made_at, "made_at")


def next_cursor(cursor: Cursor) -> Cursor:
    """Return the place right behind a print."""
    return Cursor(cursor.time, cursor.trade_id + 1)
