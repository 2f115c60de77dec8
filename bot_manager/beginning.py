"""How a session begins: what is journaled once the strategy engine knows the bot's group. Pure."""

from collections.abc import Iterable
from datetime import datetime

from bot_manager.accounts import Legacy, finer
from bot_manager.deciding import Outcome, Standing, write
from bot_manager.errors import AccountError
from bot_manager.journal import Commanded, Started, following
from bot_manager.lifecycle import BotState
from bot_manager.trading import Command, Scales
from bot_manager.trading.encoding import encode
from bot_manager.versions import ConfigVersion
from data import Cursor, Instrument
from strategies import Group
from utils.errors import ConfigError


def facts_of(
    version: ConfigVersion, group: Group, instrument: Instrument, legacy: Legacy | None, code: str
) -> Started | str:
    """Return what a session begins with, or why there can be none."""
    try:
        scales = Scales.of(instrument)
        if legacy is not None:
            scales = finer(scales, legacy.checkpoint.scales)
        config = version.config
        encode(config.account(), instrument, scales, config.timeframe)
    except (AccountError, ConfigError) as error:
        return str(error)
    return Started(
        version=version.number,
        group=group,
        instrument=instrument,
        scales=scales,
        config_digest=version.digest,
        code=code,
        enter_on_start=config.enter_on_start,
    )


def begin(
    standing: Standing, facts: Started, behind: Iterable[Cursor], actor: str, now: datetime
) -> Outcome:
    """Return the entries by which a session begins: not before `now`, and behind some places."""
    outcome = Outcome(standing)
    place = max([Cursor(now, 0), *map(following, behind)])
    write(outcome, place, facts, actor, "started", now)
    if standing.status.wanted is BotState.PAUSED:
        paused = Commanded(command=Command.PAUSE)
        write(outcome, place, paused, actor, "paused before it began", now)
    return outcome


def just_before(place: Cursor) -> Cursor:
    """Return the cursor of a group whose first print may be the one at or behind a place."""
    return Cursor(place.time, place.trade_id - 1)
