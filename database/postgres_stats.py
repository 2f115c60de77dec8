"""Metrics of PostgreSQL."""

import time
from collections.abc import Iterator
from datetime import datetime

from data.errors import RepositoryError, RepositoryUnavailable
from database.engine import Database, raw_cursor
from utils.telemetry import Sample, samples_of

SUBJECT = "postgresql"

_ACTIVITY = """
SELECT count(*) AS connections,
    count(*) FILTER (WHERE state = 'active') AS connections_active,
    count(*) FILTER (WHERE wait_event_type = 'Lock') AS connections_waiting,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::float8
        / current_setting('max_connections')::float8 AS connections_share,
    coalesce(max(extract(epoch FROM now() - query_start)) FILTER (
        WHERE state = 'active' AND backend_type = 'client backend'
    ), 0)::float8 AS longest_query_s,
    coalesce(max(extract(epoch FROM now() - xact_start)), 0)::float8 AS longest_transaction_s
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_DATABASE = """
SELECT blks_hit::float8 / nullif(blks_hit + blks_read, 0) AS cache_hit_ratio,
    xact_commit AS commits, xact_rollback AS rollbacks, deadlocks, temp_bytes,
    pg_database_size(current_database()) AS size_bytes
FROM pg_stat_database WHERE datname = current_database()
"""

_TABLES = """
SELECT relname, pg_table_size(relid) AS size_bytes, pg_indexes_size(relid) AS index_bytes,
    n_live_tup AS live_rows, n_dead_tup AS dead_rows,
    CASE WHEN n_dead_tup > 100000
        THEN n_dead_tup::float8 / (n_live_tup + n_dead_tup) ELSE 0 END AS dead_ratio
FROM pg_stat_user_tables WHERE schemaname = current_schema()
"""

_HAS_TIMESCALE = "SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"

_JOBS = """
SELECT count(*) AS jobs, count(*) FILTER (WHERE last_run_status = 'Failed') AS jobs_failed,
    max(extract(epoch FROM now() - last_successful_finish))::float8 AS jobs_oldest_success_s
FROM timescaledb_information.job_stats
"""


class PostgresStats:
    """Reads the metrics of one server. An unavailable server is a metric, too."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_quickly(self, now: datetime) -> tuple[Sample, ...]:
        """Return `up`, the response time, and the active sessions."""
        began_s = time.monotonic()
        try:
            metrics = self._row(_ACTIVITY)
        except (RepositoryUnavailable, RepositoryError):
            return samples_of(SUBJECT, now, {"up": 0.0})
        answer_ms = (time.monotonic() - began_s) * 1_000
        return samples_of(SUBJECT, now, {"up": 1.0, "answer_ms": answer_ms, **metrics})

    def read_thoroughly(self, now: datetime) -> list[Sample]:
        """Return sizes and statistics of the database and of every table of the platform.

        Raises RepositoryUnavailable.
        """
        samples = [*samples_of(SUBJECT, now, self._row(_DATABASE)), *self._jobs(now)]
        with self._database.session("asking for the tables' sizes") as session:
            cursor = raw_cursor(session)
            cursor.execute(_TABLES)
            names = [column.name for column in cursor.description or ()][1:]
            for table, *values in cursor.fetchall():
                samples += samples_of(f"table:{table}", now, dict(zip(names, values, strict=True)))
        return samples

    def _jobs(self, now: datetime) -> Iterator[Sample]:
        """Yield the status of the retention and compression jobs, if there are any."""
        if self._row(_HAS_TIMESCALE)["count"]:
            yield from samples_of(SUBJECT, now, self._row(_JOBS))

    def _row(self, query: str) -> dict[str, float | None]:
        with self._database.session("asking the database for its figures") as session:
            cursor = raw_cursor(session)
            cursor.execute(query)
            row, columns = cursor.fetchone(), cursor.description or ()
        return dict(zip((column.name for column in columns), row or (), strict=True))
