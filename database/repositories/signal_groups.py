"""Signal groups as rows, and the database's own ids of them."""

from collections.abc import Iterable
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from data import InstrumentId, Timeframe
from database.engine import Database, raw_cursor
from database.repositories.keys import InstrumentKeys
from strategies.signals import Group

TIMEFRAMES = {timeframe.seconds: timeframe for timeframe in Timeframe}

GROUP = "instrument.exchange, instrument.symbol, timeframe_s, strategy, version, parameters"
"""The columns of `group_of`, from signal_group joined with instrument."""

_FIND = """
    SELECT id FROM signal_group
    WHERE (instrument_id, timeframe_s, strategy, version, parameters) = (%s, %s, %s, %s, %s)
"""
_BEGIN = """
    INSERT INTO signal_group
        (instrument_id, timeframe_s, strategy, version, parameters, started_from, evaluated_to)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""

GroupColumns = tuple[str, str, int, str, str, str]


def group_of(row: GroupColumns) -> Group:
    """Return the group of a row of GROUP."""
    return Group(
        instrument=InstrumentId(row[0], row[1]),
        timeframe=TIMEFRAMES[row[2]],
        strategy=row[3],
        version=row[4],
        parameters=row[5],
    )


class GroupKeys:
    """Reads ids of groups and caches them: they never change."""

    def __init__(self, database: Database) -> None:
        self._instruments = InstrumentKeys(database)
        self._database = database
        self._known: dict[Group, int] = {}

    def find(self, cursor: Cursor, groups: Iterable[Group]) -> dict[Group, int]:
        """Return the ids of those groups that are stored."""
        requested = set(groups)
        for group in requested - self._known.keys():
            cursor.execute(_FIND, self._name(group))
            row = cursor.fetchone()
            if row is not None:
                self._known[group] = row[0]
        return {group: self._known[group] for group in requested & self._known.keys()}

    def begin(self, group: Group, started_from: datetime) -> None:
        """Store a group unless it is stored already."""
        self._instruments.ensure([group.instrument])
        with self._database.session(f"beginning {group.strategy} of {group.instrument}") as session:
            name = (*self._name(group), started_from, started_from)
            raw_cursor(session).execute(_BEGIN, name)

    def _name(self, group: Group) -> tuple[object, ...]:
        number = self._instruments.find(group.instrument)
        return (
            number, group.timeframe.seconds, group.strategy, group.version, group.parameters,
        )  # fmt: skip
