"""Signal requests in PostgreSQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, null, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from data import InstrumentId
from database.engine import Database
from database.models import InstrumentRow, SignalGroupRow, SignalRequestRow
from database.repositories.keys import InstrumentKeys
from database.repositories.rows import change
from database.repositories.signal_groups import TIMEFRAMES, GroupKeys
from strategies.ports import RequestRepository
from strategies.requests import RequestStatus, SignalRequest
from strategies.signals import Group

_REQUEST = (
    "instrument_id", "timeframe_s", "strategy", "parameters", "title", "allow_unverified",
)  # fmt: skip
# What an answer is about; the title is for display.
_ANSWERED = (
    "requester", "instrument_id", "timeframe_s", "strategy", "parameters", "allow_unverified",
)  # fmt: skip
_ALL = (
    select(
        SignalRequestRow.requester,
        InstrumentRow.exchange,
        InstrumentRow.symbol,
        SignalRequestRow.timeframe_s,
        SignalRequestRow.strategy,
        SignalRequestRow.parameters,
        SignalRequestRow.title,
        SignalRequestRow.allow_unverified,
        SignalRequestRow.problem,
        SignalGroupRow.version.label("group_version"),
        SignalGroupRow.parameters.label("group_parameters"),
    )
    .join(InstrumentRow, InstrumentRow.id == SignalRequestRow.instrument_id)
    .join(SignalGroupRow, SignalGroupRow.id == SignalRequestRow.group_id, isouter=True)
)


class SqlRequestRepository(RequestRepository):
    """The table `signal_request`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._instruments = InstrumentKeys(database)
        self._groups = GroupKeys(database)

    def put(self, requests: Sequence[SignalRequest]) -> None:
        values = self._values(requests)
        with self._database.session(f"storing {len(requests)} requests") as session:
            _put(session, values)

    def withdraw(self, requesters: Iterable[str]) -> None:
        statement = delete(SignalRequestRow).where(SignalRequestRow.requester.in_(list(requesters)))
        with self._database.session("withdrawing requests") as session:
            session.execute(statement)

    def replace(self, prefix: str, requests: Sequence[SignalRequest]) -> None:
        values = self._values(requests)
        others = delete(SignalRequestRow).where(
            func.starts_with(SignalRequestRow.requester, prefix),
            SignalRequestRow.requester.not_in([request.requester for request in requests]),
        )
        with self._database.session(f"replacing the requests of {prefix}") as session:
            change(session, others)
            _put(session, values)

    def all(self) -> list[RequestStatus]:
        with self._database.session("reading the requests") as session:
            statuses = [_status(row) for row in session.execute(_ALL)]
        return sorted(statuses, key=lambda status: status.request.requester)

    def save_statuses(self, statuses: Sequence[RequestStatus]) -> None:
        values = self._values([status.request for status in statuses])
        with self._database.session(f"answering {len(statuses)} requests") as session:
            keys = self._groups.find(session, (s.group for s in statuses if s.group is not None))
            for value, status in zip(values, statuses, strict=True):
                group_id = None if status.group is None else keys.get(status.group)
                statement = update(SignalRequestRow).filter_by(
                    **{name: value[name] for name in _ANSWERED}
                )
                change(session, statement.values(group_id=group_id, problem=status.problem))

    def _values(self, requests: Sequence[SignalRequest]) -> list[dict[str, Any]]:
        keys = self._instruments.ensure(request.instrument for request in requests)
        return [
            {
                "requester": request.requester,
                "instrument_id": keys[request.instrument],
                "timeframe_s": request.timeframe.seconds,
                "strategy": request.strategy,
                "parameters": request.parameters,
                "title": request.title,
                "allow_unverified": request.allow_unverified,
                "problem": "",
            }
            for request in requests
        ]


def _put(session: Session, values: Iterable[dict[str, Any]]) -> None:
    # The last one of a name counts; sorted, so that two processes lock in the same order.
    newest = {value["requester"]: value for value in values}
    if newest:
        session.execute(_insert_request(), [newest[name] for name in sorted(newest)])


def _insert_request() -> Insert:
    """Return the upsert of a request; an equal one keeps its state."""
    statement = insert(SignalRequestRow)
    new = [statement.excluded[name] for name in _REQUEST]
    stored = [getattr(SignalRequestRow, name) for name in _REQUEST]
    return statement.on_conflict_do_update(
        index_elements=["requester"],
        set_=dict(zip(_REQUEST, new, strict=True)) | {"group_id": null(), "problem": ""},
        where=tuple_(*stored).is_distinct_from(tuple_(*new)),
    )


def _status(row: Any) -> RequestStatus:
    request = SignalRequest(
        requester=row.requester,
        instrument=InstrumentId(row.exchange, row.symbol),
        timeframe=TIMEFRAMES[row.timeframe_s],
        strategy=row.strategy,
        parameters=row.parameters,
        title=row.title,
        allow_unverified=row.allow_unverified,
    )
    group = _group(request, row.group_version, row.group_parameters)
    return RequestStatus(request=request, group=group, problem=row.problem)


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
