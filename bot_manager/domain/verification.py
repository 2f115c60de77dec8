"""Records of verifying bots, and the tape that later verifications need."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from bot_manager.domain.ledger import Checkpoint
from bot_manager.domain.lifecycle import MANAGED_STATES, BotState
from data import Cursor, InstrumentId, require_utc


class Cause(StrEnum):
    """Why a replay differs.

    DATA: tape or signals have changed. CONFIG: the configuration is not the journaled one. COMMAND:
    a user's command is missing, or one too many. CODE: none of these.
    """

    NONE = ""
    DATA = "data"
    CONFIG = "config"
    COMMAND = "command"
    CODE = "code"


class BotVerification(msgspec.Struct, frozen=True, kw_only=True):
    """Result of verifying a bot: both digests, and the first row that differs, with its cause.

    It was replayed after `since` (None: from its start) up to and including `until`.
    """

    bot: str
    since: Cursor | None
    until: Cursor | None
    orders: int
    marks: int
    stored_digest: str
    replayed_digest: str
    cause: Cause = Cause.NONE
    difference: str = ""

    @property
    def identical(self) -> bool:
        """Return whether stored and replayed rows are equal to the last digit."""
        return self.stored_digest == self.replayed_digest


class BotVerificationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A replay of a bot after `since` (None: from its start) up to and including `until`.

    `number` counts from 1 for each bot, `entries` the entries of its journal at that time, `code`
    names the compiled code that replayed. `anchor` is the account from which the next verification
    starts, None if something differs. `settled`: the bot is stopped, and all it did is verified.
    """

    bot: str
    number: int
    verified_at: datetime
    since: Cursor | None
    until: Cursor | None
    orders: int
    marks: int
    entries: int
    stored_digest: str
    replayed_digest: str
    code: str
    cause: Cause = Cause.NONE
    difference: str = ""
    anchor: Checkpoint | None = None
    settled: bool = False

    def __post_init__(self) -> None:
        require_utc(self.verified_at, "verified_at")

    @property
    def identical(self) -> bool:
        """Return whether stored and replayed rows are equal to the last digit."""
        return self.stored_digest == self.replayed_digest


class TapeRequirement(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a bot with a session that determine which tape it still needs.

    Cursors: `first` before its first session, `anchor` of its newest identical record, `account` as
    stored. `settled`: number of journal entries that its newest record settled, if it did.
    """

    instrument: InstrumentId
    state: BotState
    entries: int
    first: Cursor
    verifications: int = 0
    settled: int | None = None
    anchor: Cursor | None = None
    account: Cursor | None = None

    @property
    def keep_after(self) -> Cursor | None:
        """Return the cursor after which the tape must be kept, None if it needs none."""
        is_archived = self.state is BotState.ARCHIVED and self.verifications > 0
        if is_archived or self.settled == self.entries:
            return None
        cursors = [self.anchor or self.first]
        if self.state in MANAGED_STATES and self.account is not None:
            cursors.append(self.account)
        return min(cursors)


def required_tape(requirements: Iterable[TapeRequirement]) -> dict[InstrumentId, Cursor]:
    """Return the oldest cursor of each tape that some bot needs."""
    oldest: dict[InstrumentId, Cursor] = {}
    for requirement in requirements:
        if (cursor := requirement.keep_after) is not None:
            oldest[requirement.instrument] = min(cursor, oldest.get(requirement.instrument, cursor))
    return oldest
