"""Start of a session: its journal entries once the bot's group is warm. Pure."""

from collections.abc import Iterable
from datetime import datetime

from bot_manager.domain.journal import CommandAccepted, SessionStarted, next_cursor
from bot_manager.domain.lifecycle import BotState
from bot_manager.domain.versions import ConfigVersion
from bot_manager.errors import AccountError
from bot_manager.groups.accounts import CarriedAccount, common_scales
from bot_manager.groups.bot_changes import BotChanges, BotSnapshot, add_entry
from bot_manager.trading import AccountCommand, Scales
from bot_manager.trading.encoding import encode
from data import Cursor, Instrument
from strategies import Group
from utils.errors import ConfigError


def session_facts(
    version: ConfigVersion,
    group: Group,
    instrument: Instrument,
    carried: CarriedAccount | None,
    code: str,
) -> SessionStarted | str:
    """Return the facts of a new session, or why none can start."""
    try:
        scales = Scales.of(instrument)
        if carried is not None:
            scales = common_scales(scales, carried.checkpoint.scales)
        config = version.config
        encode(config.account(), instrument, scales, config.timeframe)
    except (AccountError, ConfigError) as error:
        return str(error)
    return SessionStarted(
        version=version.number,
        group=group,
        instrument=instrument,
        scales=scales,
        config_digest=version.digest,
        code=code,
        enter_on_start=config.enter_on_start,
    )


def start_session(
    snapshot: BotSnapshot,
    facts: SessionStarted,
    after: Iterable[Cursor],
    actor: str,
    now: datetime,
) -> BotChanges:
    """Return the entries that start a session: not before `now`, and after each of `after`."""
    changes = BotChanges(snapshot)
    start = max([Cursor(now, 0), *map(next_cursor, after)])
    add_entry(changes, start, facts, actor, "started", now)
    if snapshot.status.desired_state is BotState.PAUSED:
        paused = CommandAccepted(command=AccountCommand.PAUSE)
        add_entry(changes, start, paused, actor, "paused before its start", now)
    return changes


def cursor_before(cursor: Cursor) -> Cursor:
    """Return the cursor before a cursor: the print at that cursor is the next one."""
    return Cursor(cursor.time, cursor.trade_id - 1)
