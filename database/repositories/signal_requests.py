"""Signal requests in PostgreSQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg2.extensions import cursor as Cursor

from data import InstrumentId
from database.engine import Database, raw_cursor
from database.repositories.keys import InstrumentKeys
from database.repositories.signal_groups import TIMEFRAMES, GroupKeys
from strategies.ports import RequestRepository
from strategies.signals import Group
from strategies.status import RequestStatus, SignalRequest

_REQUEST = "instrument_id, timeframe_s, strategy, parameters, title, allow_unverified"

# An equal request keeps its state.
_PUT = f"""
    INSERT INTO signal_request AS stored (asker, {_REQUEST}, problem)
    VALUES (%(asker)s, %(instrument_id)s, %(timeframe_s)s, %(strategy)s, %(parameters)s,
            %(title)s, %(allow_unverified)s, '')
    ON CONFLICT (asker) DO UPDATE SET
        ({_REQUEST}, group_id, problem) =
        ({", ".join(f"excluded.{name.strip()}" for name in _REQUEST.split(","))}, NULL, '')
    WHERE (stored.instrument_id, stored.timeframe_s, stored.strategy, stored.parameters,
           stored.title, stored.allow_unverified)
          IS DISTINCT FROM
          (excluded.instrument_id, excluded.timeframe_s, excluded.strategy, excluded.parameters,
           excluded.title, excluded.allow_unverified)
"""

_WITHDRAW = "DELETE FROM signal_request WHERE asker = ANY (%s)"

_WITHDRAW_OTHERS = """
    DELETE FROM signal_request WHERE starts_with(asker, %s) AND asker <> ALL (%s)
"""

_ANSWER = """
    UPDATE signal_request SET group_id = %(group_id)s, problem = %(problem)s
    WHERE asker = %(asker)s AND instrument_id = %(instrument_id)s
      AND timeframe_s = %(timeframe_s)s AND strategy = %(strategy)s
      AND parameters = %(parameters)s AND allow_unverified = %(allow_unverified)s
"""

_ALL = """
    SELECT asker, instrument.exchange, instrument.symbol, request.timeframe_s, request.strategy,
           request.parameters, title, allow_unverified, problem,
           signal_group.version, signal_group.parameters
    FROM signal_request AS request
    JOIN instrument ON instrument.id = request.instrument_id
    LEFT JOIN signal_group ON signal_group.id = request.group_id
"""


class SqlRequestRepository(RequestRepository):
    """The table `signal_request`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._instruments = InstrumentKeys(database)
        self._groups = GroupKeys(database)

    def put(self, requests: Sequence[SignalRequest]) -> None:
        rows = self._rows(requests)
        with self._database.session(f"asking for {len(requests)} groups") as session:
            _put(raw_cursor(session), rows)

    def withdraw(self, askers: Iterable[str]) -> None:
        with self._database.session("withdrawing requests") as session:
            raw_cursor(session).execute(_WITHDRAW, (list(askers),))

    def replace(self, prefix: str, requests: Sequence[SignalRequest]) -> None:
        rows = self._rows(requests)
        with self._database.session(f"replacing the requests of {prefix}") as session:
            cursor = raw_cursor(session)
            askers = [request.asker for request in requests]
            cursor.execute(_WITHDRAW_OTHERS, (prefix, askers))
            _put(cursor, rows)

    def all(self) -> list[RequestStatus]:
        with self._database.session("reading the requests") as session:
            cursor = raw_cursor(session)
            cursor.execute(_ALL)
            statuses = [_status(row) for row in cursor.fetchall()]
        return sorted(statuses, key=lambda status: status.request.asker)

    def answer(self, statuses: Sequence[RequestStatus]) -> None:
        rows = self._rows([status.request for status in statuses])
        with self._database.session(f"answering {len(statuses)} requests") as session:
            cursor = raw_cursor(session)
            keys = self._groups.find(cursor, (s.group for s in statuses if s.group is not None))
            for row, status in zip(rows, statuses, strict=True):
                group_id = None if status.group is None else keys.get(status.group)
                cursor.execute(_ANSWER, {**row, "group_id": group_id, "problem": status.problem})

    def _rows(self, requests: Sequence[SignalRequest]) -> list[dict[str, object]]:
        keys = self._instruments.ensure(request.instrument for request in requests)
        return [
            {
                "asker": request.asker,
                "instrument_id": keys[request.instrument],
                "timeframe_s": request.timeframe.seconds,
                "strategy": request.strategy,
                "parameters": request.parameters,
                "title": request.title,
                "allow_unverified": request.allow_unverified,
            }
            for request in requests
        ]


def _put(cursor: Cursor, rows: Iterable[dict[str, object]]) -> None:
    # By name, so that two processes lock in the same order.
    for row in sorted(rows, key=lambda row: str(row["asker"])):
        cursor.execute(_PUT, row)


def _status(row: Any) -> RequestStatus:
    request = SignalRequest(
        asker=row[0],
        instrument=InstrumentId(row[1], row[2]),
        timeframe=TIMEFRAMES[row[3]],
        strategy=row[4],
        parameters=row[5],
        title=row[6],
        allow_unverified=row[7],
    )
    return RequestStatus(request=request, group=_group(request, *row[9:]), problem=row[8])


def _group(request: SignalRequest, version: str | None, parameters: str | None) -> Group | None:
    if version is None or parameters is None:
        return None
    return Group(
        instrument=request.instrument,
        timeframe=request.timeframe,
        strategy=request.strategy,
        version=version,
        parameters=parameters,
    )
