"""Signal groups as rows, and the database's own ids of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from data import InstrumentId, Timeframe
from database.engine import Database
from database.models import InstrumentRow, SignalGroupRow
from database.repositories.keys import InstrumentKeys
from strategies.signals import Group

TIMEFRAMES = {timeframe.seconds: timeframe for timeframe in Timeframe}

GROUP = (
    InstrumentRow.exchange,
    InstrumentRow.symbol,
    SignalGroupRow.timeframe_s,
    SignalGroupRow.strategy,
    SignalGroupRow.version,
    SignalGroupRow.parameters,
)
"""The columns of `group_of`."""


def group_of(row: Sequence[Any]) -> Group:
    """Return the group of a row of GROUP."""
    exchange, symbol, timeframe_s, strategy, version, parameters = row
    return Group(
        instrument=InstrumentId(exchange, symbol),
        timeframe=TIMEFRAMES[timeframe_s],
        strategy=strategy,
        version=version,
        parameters=parameters,
    )


class GroupKeys:
    """Reads ids of groups and caches them: they never change."""

    def __init__(self, database: Database) -> None:
        self._instruments = InstrumentKeys(database)
        self._database = database
        self._known: dict[Group, int] = {}

    def find(self, session: Session, groups: Iterable[Group]) -> dict[Group, int]:
        """Return the ids of those groups that are stored."""
        requested = set(groups)
        for group in requested - self._known.keys():
            found = session.scalar(select(SignalGroupRow.id).filter_by(**self._name(group)))
            if found is not None:
                self._known[group] = found
        return {group: self._known[group] for group in requested & self._known.keys()}

    def begin(self, group: Group, started_from: datetime) -> None:
        """Store a group unless it is stored already."""
        self._instruments.ensure([group.instrument])
        statement = insert(SignalGroupRow).values(
            **self._name(group), started_from=started_from, evaluated_to=started_from
        )
        with self._database.session(f"starting {group.strategy} of {group.instrument}") as session:
            session.execute(statement.on_conflict_do_nothing())

    def _name(self, group: Group) -> dict[str, object]:
        return {
            "instrument_id": self._instruments.find(group.instrument),
            "timeframe_s": group.timeframe.seconds,
            "strategy": group.strategy,
            "version": group.version,
            "parameters": group.parameters,
        }
