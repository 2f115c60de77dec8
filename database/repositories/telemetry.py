"""Telemetry in PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from psycopg2.extensions import cursor as Cursor

from data.errors import RepositoryError
from database.engine import Database, raw_cursor
from database.repositories import telemetry_queries as queries
from utils.codec import CodecError, decode, encode
from utils.telemetry import (
    HISTORY_WIDTH,
    HistoryPoint,
    ProcessRecord,
    ProcessReport,
    ProcessSnapshot,
    Sample,
    TelemetryRepository,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Name = tuple[str, str]


class SqlTelemetryRepository(TelemetryRepository):
    """The tables `telemetry_series`, `telemetry_sample`, `telemetry_history` and `process`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[Name, int] = {}

    def record(self, samples: Sequence[Sample]) -> None:
        if not samples:
            return
        with self._database.session(f"storing {len(samples)} samples") as session:
            cursor = raw_cursor(session)
            if not self._store(cursor, samples):
                # A series was deleted since its id was cached.
                self._ids.clear()
                self._store(cursor, samples)

    def latest(self, since: datetime) -> list[Sample]:
        with self._database.session("reading the newest samples") as session:
            cursor = raw_cursor(session)
            cursor.execute(queries.LATEST, {"since": since})
            return [
                Sample(subject=subject, name=name, time=time, value=value)
                for subject, name, time, value in cursor
            ]

    def history(
        self, subject: str, name: str, start: datetime, end: datetime, points: int
    ) -> list[HistoryPoint]:
        width = (end - start) / points
        given = {"subject": subject, "name": name, "start": start, "end": end, "width": width}
        with self._database.session(f"reading the history of {subject} {name}") as session:
            cursor = raw_cursor(session)
            fine = _points(cursor, queries.FROM_SAMPLES, given) if width < HISTORY_WIDTH else []
            return fine or _points(cursor, queries.FROM_HISTORY, given)

    def condense(self, start: datetime, end: datetime) -> None:
        given = {"start": _next_interval(start), "end": _next_interval(end), "width": HISTORY_WIDTH}
        with self._database.session("condensing samples") as session:
            raw_cursor(session).execute(queries.CONDENSE, given)

    def prune(self, samples_before: datetime, history_before: datetime, limit: int) -> int:
        gone = 0
        with self._database.session("removing old samples") as session:
            cursor = raw_cursor(session)
            for table, before in (
                ("telemetry_sample", samples_before),
                ("telemetry_history", history_before),
            ):
                cursor.execute(
                    queries.PRUNE.format(table=table), {"before": before, "limit": limit}
                )
                gone += cursor.rowcount
            cursor.execute(queries.DELETE_SERIES, {"before": history_before})
            cursor.execute(queries.DELETE_PROCESSES, {"before": history_before})
        return gone

    def report(self, report: ProcessReport) -> None:
        given = {"name": report.process, "time": report.reported_at, "words": _json(report)}
        with self._database.session(f"storing the report of {report.process}") as session:
            raw_cursor(session).execute(queries.SAVE_REPORT, given)

    def save_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        with self._database.session("storing where processes stand") as session:
            cursor = raw_cursor(session)
            for each in sorted(snapshots, key=lambda standing: standing.process):
                given = {"name": each.process, "time": each.reported_at, "words": _json(each)}
                cursor.execute(queries.SAVE_SNAPSHOT, given)

    def processes(self) -> list[ProcessRecord]:
        operation = "reading the processes"
        with self._database.session(operation) as session:
            cursor = raw_cursor(session)
            cursor.execute(queries.PROCESSES)
            rows = cursor.fetchall()
        try:
            return [
                ProcessRecord(
                    process=name,
                    report=decode(ProcessReport, report) if report else None,
                    standing=decode(ProcessSnapshot, standing) if standing else None,
                )
                for name, report, standing in rows
            ]
        except CodecError as error:
            raise RepositoryError(f"{operation}: one is of another version") from error

    def _store(self, cursor: Cursor, samples: Sequence[Sample]) -> bool:
        """Store samples; False if one of their series does not exist."""
        known = self._find(cursor, samples)
        ids = [known[sample.subject, sample.name] for sample in samples]
        given = {
            "ids": ids,
            "times": [sample.time for sample in samples],
            "values": [sample.value for sample in samples],
        }
        cursor.execute(queries.SET_LATEST, given)
        if cursor.rowcount < len(set(ids)):
            return False
        cursor.execute(queries.ADD_SAMPLES, given)
        return True

    def _find(self, cursor: Cursor, samples: Sequence[Sample]) -> dict[Name, int]:
        """Return the ids of series, creating missing ones."""
        by_series = {(sample.subject, sample.name): sample for sample in samples}
        if not by_series.keys() <= self._ids.keys():
            found = _all_ids(cursor)
            if new := [sample for name, sample in by_series.items() if name not in found]:
                _add_series(cursor, new)
                found = _all_ids(cursor)
            # Cached though the transaction may fail: an id that does not exist is detected.
            self._ids = found
        return self._ids


def _all_ids(cursor: Cursor) -> dict[Name, int]:
    cursor.execute(queries.IDS)
    return {(subject, name): number for subject, name, number in cursor}


def _add_series(cursor: Cursor, samples: Iterable[Sample]) -> None:
    ordered = sorted(samples)
    given = {
        "subjects": [sample.subject for sample in ordered],
        "names": [sample.name for sample in ordered],
        "times": [sample.time for sample in ordered],
        "values": [sample.value for sample in ordered],
    }
    cursor.execute(queries.ADD_SERIES, given)


def _points(cursor: Cursor, query: str, given: dict[str, object]) -> list[HistoryPoint]:
    cursor.execute(query, given)
    return [
        HistoryPoint(time=time, low=low, mean=mean, high=high) for time, low, mean, high in cursor
    ]


def _next_interval(time: datetime) -> datetime:
    """Return the first start of a ten-minute interval at or after a time."""
    return time + (_EPOCH - time) % HISTORY_WIDTH


def _json(value: object) -> str:
    return encode(value).decode()
