"""Telemetry in PostgreSQL. Every query follows the key (series_id, time), a series at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Delete,
    Float,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, distinct_on, insert
from sqlalchemy.orm import Session

from data import EPOCH
from data.errors import RepositoryError
from database.engine import Database
from database.models import (
    ProcessRow,
    TelemetryHistoryRow,
    TelemetrySampleRow,
    TelemetrySeriesRow,
)
from database.repositories.rows import (
    Rows,
    among,
    as_parameters,
    change,
    given_rows,
    insert_given,
    insert_selected,
)
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

Name = tuple[str, str]

_SERIES = (
    TelemetrySeriesRow.subject,
    TelemetrySeriesRow.name,
    TelemetrySeriesRow.latest_time,
    TelemetrySeriesRow.latest_value,
)
_SAMPLE = (TelemetrySampleRow.series_id, TelemetrySampleRow.time, TelemetrySampleRow.value)
_HISTORY = (
    TelemetryHistoryRow.time,
    TelemetryHistoryRow.low,
    TelemetryHistoryRow.total,
    TelemetryHistoryRow.high,
    TelemetryHistoryRow.samples,
    TelemetryHistoryRow.series_id,
)

# Built once: every process runs these all the time.
_IDS = select(TelemetrySeriesRow.subject, TelemetrySeriesRow.name, TelemetrySeriesRow.id)
_ADD_SERIES = insert_given(*_SERIES).on_conflict_do_nothing(index_elements=["subject", "name"])
_ADD_SAMPLES = insert_given(*_SAMPLE).on_conflict_do_nothing(index_elements=["series_id", "time"])
_given = given_rows(*_SAMPLE)
_newest = (
    select(*_given.c)
    .ext(distinct_on(_given.c.series_id))
    .order_by(_given.c.series_id, _given.c.time.desc())
    .cte("newest")
)
# In order of their ids, so that two processes lock in the same order.
_locked = (
    select(TelemetrySeriesRow.id)
    .where(among(TelemetrySeriesRow.id, "all_series_id"))
    .order_by(TelemetrySeriesRow.id)
    .with_for_update(key_share=True)
    .cte("locked")
)
_SET_LATEST = (
    update(TelemetrySeriesRow)
    .where(
        TelemetrySeriesRow.id == _newest.c.series_id,
        TelemetrySeriesRow.id == _locked.c.id,
        or_(
            _newest.c.time >= TelemetrySeriesRow.latest_time,
            # One of the future was measured before the clock was set back.
            TelemetrySeriesRow.latest_time > func.now(),
        ),
    )
    .values(latest_time=_newest.c.time, latest_value=_newest.c.value)
)


def _history_from(
    row: type[TelemetrySampleRow | TelemetryHistoryRow], *values: ColumnElement[float]
) -> Rows:
    """Return the query of `values` in intervals of `width` from `start` to `end` of one series."""
    series = select(TelemetrySeriesRow.id).where(
        TelemetrySeriesRow.subject == bindparam("subject"),
        TelemetrySeriesRow.name == bindparam("name"),
    )
    interval = func.date_bin(bindparam("width"), row.time, bindparam("start"))
    return (
        select(interval, *values)
        .where(
            row.series_id == series.scalar_subquery(),
            row.time >= bindparam("start"),
            row.time < bindparam("end"),
        )
        .group_by(interval)
        .order_by(interval)
    )


_FROM_SAMPLES = _history_from(
    TelemetrySampleRow,
    func.min(TelemetrySampleRow.value),
    func.avg(TelemetrySampleRow.value),
    func.max(TelemetrySampleRow.value),
)
_FROM_HISTORY = _history_from(
    TelemetryHistoryRow,
    func.min(TelemetryHistoryRow.low),
    # A mean of means would weigh an interval of few samples like one of many.
    type_coerce(func.sum(TelemetryHistoryRow.total) / func.sum(TelemetryHistoryRow.samples), Float),
    func.max(TelemetryHistoryRow.high),
)


def _condense() -> Insert:
    """Return the statement that condenses the samples from `start` to `end`."""
    sample = TelemetrySampleRow
    interval = func.date_bin(HISTORY_WIDTH, sample.time, EPOCH)
    condensed = (
        select(
            interval.label("time"),
            func.min(sample.value).label("low"),
            func.sum(sample.value).label("total"),
            func.max(sample.value).label("high"),
            func.count().label("samples"),
        )
        .where(
            sample.series_id == TelemetrySeriesRow.id,
            sample.time >= bindparam("start"),
            sample.time < bindparam("end"),
        )
        .group_by(interval)
        .lateral("condensed")
    )
    statement = insert_selected(
        _HISTORY,
        select(*condensed.c, TelemetrySeriesRow.id)
        .select_from(TelemetrySeriesRow)
        .join(condensed, true())
        .where(TelemetrySeriesRow.latest_time >= bindparam("start")),
    )
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["series_id", "time"],
        set_={name: new[name] for name in ("low", "total", "high", "samples")},
        where=new.samples >= TelemetryHistoryRow.samples,
    )


_CONDENSE = _condense()


class SqlTelemetryRepository(TelemetryRepository):
    """The tables `telemetry_series`, `telemetry_sample`, `telemetry_history` and `process`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[Name, int] = {}

    def record(self, samples: Sequence[Sample]) -> None:
        if not samples:
            return
        with self._database.session(f"storing {len(samples)} samples") as session:
            if not self._store(session, samples):
                # A series was deleted since its id was cached.
                self._ids.clear()
                self._store(session, samples)

    def latest(self, since: datetime) -> list[Sample]:
        statement = (
            select(*_SERIES)
            .where(TelemetrySeriesRow.latest_time >= since)
            .order_by(TelemetrySeriesRow.subject.collate("C"), TelemetrySeriesRow.name.collate("C"))
        )
        with self._database.session("reading the newest samples") as session:
            return [
                Sample(subject=subject, name=name, time=time, value=value)
                for subject, name, time, value in session.execute(statement)
            ]

    def history(
        self, subject: str, name: str, start: datetime, end: datetime, points: int
    ) -> list[HistoryPoint]:
        width = (end - start) / points
        span = {"subject": subject, "name": name, "start": start, "end": end, "width": width}
        with self._database.session(f"reading the history of {subject} {name}") as session:
            fine = _points(session, _FROM_SAMPLES, span) if width < HISTORY_WIDTH else []
            return fine or _points(session, _FROM_HISTORY, span)

    def condense(self, start: datetime, end: datetime) -> None:
        span = {"start": _next_interval(start), "end": _next_interval(end)}
        with self._database.session("condensing samples") as session:
            change(session, _CONDENSE, span)

    def prune(self, samples_before: datetime, history_before: datetime, limit: int) -> int:
        series, process = TelemetrySeriesRow, ProcessRow
        unused = delete(series).where(
            series.latest_time < history_before,
            ~exists().where(TelemetryHistoryRow.series_id == series.id),
            ~exists().where(TelemetrySampleRow.series_id == series.id),
        )
        newest = func.greatest(process.reported_at, process.snapshot_at)
        silent = delete(process).where(func.coalesce(newest, history_before) < history_before)
        with self._database.session("removing old samples") as session:
            gone = change(session, _old(TelemetrySampleRow, samples_before, limit))
            gone += change(session, _old(TelemetryHistoryRow, history_before, limit))
            change(session, unused)
            change(session, silent)
        return gone

    def report(self, report: ProcessReport) -> None:
        statement = insert(ProcessRow).values(
            name=report.process, reported_at=report.reported_at, report=_json(report)
        )
        with self._database.session(f"storing the report of {report.process}") as session:
            session.execute(_or_replace(statement, "reported_at", "report"))

    def save_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        # The last one of a name counts; sorted, so that two processes lock in the same order.
        newest = {snapshot.process: snapshot for snapshot in snapshots}
        values = [
            {"name": name, "snapshot_at": snapshot.reported_at, "snapshot": _json(snapshot)}
            for name, snapshot in sorted(newest.items())
        ]
        if not values:
            return
        with self._database.session("storing the snapshots of processes") as session:
            session.execute(_or_replace(insert(ProcessRow), "snapshot_at", "snapshot"), values)

    def processes(self) -> list[ProcessRecord]:
        operation = "reading the processes"
        statement = select(ProcessRow.name, ProcessRow.report, ProcessRow.snapshot)
        with self._database.session(operation) as session:
            rows = session.execute(statement.order_by(ProcessRow.name.collate("C"))).all()
        try:
            return [
                ProcessRecord(
                    process=name,
                    report=decode(ProcessReport, report) if report else None,
                    snapshot=decode(ProcessSnapshot, snapshot) if snapshot else None,
                )
                for name, report, snapshot in rows
            ]
        except CodecError as error:
            raise RepositoryError(f"{operation}: one is of another version") from error

    def _store(self, session: Session, samples: Sequence[Sample]) -> bool:
        """Store samples; False if one of their series does not exist."""
        known = self._find(session, samples)
        rows = [(known[each.subject, each.name], each.time, each.value) for each in samples]
        parameters = as_parameters(_SAMPLE, rows)
        if change(session, _SET_LATEST, parameters) < len({series_id for series_id, *_ in rows}):
            return False
        change(session, _ADD_SAMPLES, parameters)
        return True

    def _find(self, session: Session, samples: Sequence[Sample]) -> dict[Name, int]:
        """Return the ids of series, creating missing ones."""
        by_series = {(sample.subject, sample.name): sample for sample in samples}
        if not by_series.keys() <= self._ids.keys():
            found = _all_ids(session)
            if new := [sample for name, sample in by_series.items() if name not in found]:
                _add_series(session, new)
                found = _all_ids(session)
            # Cached though the transaction may fail: an id that does not exist is detected.
            self._ids = found
        return self._ids


def _all_ids(session: Session) -> dict[Name, int]:
    return {(subject, name): number for subject, name, number in session.execute(_IDS)}


def _add_series(session: Session, samples: Iterable[Sample]) -> None:
    rows = [(each.subject, each.name, each.time, each.value) for each in sorted(samples)]
    change(session, _ADD_SERIES, as_parameters(_SERIES, rows))


def _points(session: Session, statement: Rows, span: Mapping[str, object]) -> list[HistoryPoint]:
    return [
        HistoryPoint(time=time, low=low, mean=mean, high=high)
        for time, low, mean, high in session.execute(statement, span)
    ]


def _old(
    row: type[TelemetrySampleRow | TelemetryHistoryRow], before: datetime, limit: int
) -> Delete:
    """Return the deletion of at most `limit` rows before a time."""
    old = (
        select(row.time)
        .where(row.series_id == TelemetrySeriesRow.id, row.time < before)
        .order_by(row.time)
        .limit(limit)
        .lateral("old")
    )
    chosen = select(TelemetrySeriesRow.id, old.c.time).join(old, true()).limit(limit)
    return delete(row).where(tuple_(row.series_id, row.time).in_(chosen))


def _or_replace(statement: Insert, *columns: str) -> Insert:
    """Return an INSERT into `process` that replaces those columns of a stored row."""
    return statement.on_conflict_do_update(
        index_elements=["name"], set_={name: statement.excluded[name] for name in columns}
    )


def _next_interval(time: datetime) -> datetime:
    """Return the first start of a ten-minute interval at or after a time."""
    return time + (EPOCH - time) % HISTORY_WIDTH


def _json(value: object) -> str:
    return encode(value).decode()
