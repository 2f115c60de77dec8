"""The status of collectors, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from data.errors import RepositoryError
from data.ports import CollectorStatusRepository
from data.status import CollectorStatus
from database.engine import Database
from database.models import CollectorStatusRow
from utils.codec import CodecError, decode, encode


class SqlCollectorStatusRepository(CollectorStatusRepository):
    """The table `collector_status`: one row per collector, in serialized form."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, statuses: Sequence[CollectorStatus]) -> None:
        # The last one of a name counts; sorted, so that two processes lock in the same order.
        newest = {status.name: status for status in statuses}
        values = [
            {"name": name, "reported_at": status.reported_at, "status": encode(status).decode()}
            for name, status in sorted(newest.items())
        ]
        if not values:
            return
        statement = insert(CollectorStatusRow)
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={name: statement.excluded[name] for name in ("reported_at", "status")},
        )
        with self._database.session(f"saving the status of {', '.join(newest)}") as session:
            session.execute(statement, values)

    def all(self) -> list[CollectorStatus]:
        statement = select(CollectorStatusRow.status)
        operation = "reading the collectors' statuses"
        with self._database.session(operation) as session:
            rows = session.scalars(statement).all()
        try:
            statuses = [decode(CollectorStatus, row) for row in rows]
        except CodecError as error:
            raise RepositoryError(f"{operation}: one is of another version") from error
        return sorted(statuses, key=lambda status: status.name)
