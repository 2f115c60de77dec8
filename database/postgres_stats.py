"""Metrics of PostgreSQL."""

import time
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import TextClause

from data.errors import RepositoryError, RepositoryUnavailable
from database.engine import Database
from database.server_views import ACTIVITY, DATABASE, HAS_TIMESCALE, JOBS, TABLES
from utils.telemetry import Sample, samples_of

SUBJECT = "postgresql"


class PostgresStats:
    """Reads the metrics of one server. An unavailable server is a metric, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_quickly(self, now: datetime) -> tuple[Sample, ...]:
        """Return `up`, the response time, and the active sessions."""
        began_s = time.monotonic()
        try:
            metrics = self._row(ACTIVITY)
        except (RepositoryUnavailable, RepositoryError):
            return samples_of(SUBJECT, now, {"up": 0.0})
        answer_ms = (time.monotonic() - began_s) * 1_000
        return samples_of(SUBJECT, now, {"up": 1.0, "answer_ms": answer_ms, **metrics})

    def read_thoroughly(self, now: datetime) -> list[Sample]:
        """Return sizes and statistics of the database and of every table of the platform.

        Raises RepositoryUnavailable.
        """
        samples = [*samples_of(SUBJECT, now, self._row(DATABASE)), *self._jobs(now)]
        with self._database.session("reading the sizes of tables") as session:
            for row in session.execute(TABLES).mappings():
                values = dict(row)
                samples += samples_of(f"table:{values.pop('relname')}", now, values)
        return samples

    def _jobs(self, now: datetime) -> Iterator[Sample]:
        """Yield the status of the retention and compression jobs, if there are any."""
        with self._database.session("reading whether timescaledb is installed") as session:
            has_jobs = session.scalar(HAS_TIMESCALE)
        if has_jobs:
            yield from samples_of(SUBJECT, now, self._row(JOBS))

    def _row(self, query: TextClause) -> dict[str, float | None]:
        with self._database.session("reading the database statistics") as session:
            return dict(session.execute(query).mappings().one())
