"""Metrics of PostgreSQL and Redis."""

import time
from collections.abc import Iterator
from datetime import datetime

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import TextClause

from data.errors import RepositoryError, RepositoryUnavailable
from database.engine import Database
from database.messaging.client import client_options, require_redis_url
from database.server_views import ACTIVITY, DATABASE, HAS_TIMESCALE, JOBS, TABLES
from utils.telemetry import Sample, samples_of

_POSTGRESQL = "postgresql"
_REDIS = "redis"
_INFO_FIELDS = {
    "used_memory": "memory_bytes",
    "connected_clients": "clients",
    "pubsub_channels": "channels",
    "pubsub_patterns": "patterns",
    "instantaneous_ops_per_sec": "commands_per_s",
    "rejected_connections": "rejected_connections",
    "client_recent_max_output_buffer": "output_buffer_bytes",
}


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
            return samples_of(_POSTGRESQL, now, {"up": 0.0})
        answer_ms = (time.monotonic() - began_s) * 1_000
        return samples_of(_POSTGRESQL, now, {"up": 1.0, "answer_ms": answer_ms, **metrics})

    def read_thoroughly(self, now: datetime) -> list[Sample]:
        """Return sizes and statistics of the database and of every table of the platform.

        Raises RepositoryUnavailable.
        """
        samples = [*samples_of(_POSTGRESQL, now, self._row(DATABASE)), *self._jobs(now)]
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
            yield from samples_of(_POSTGRESQL, now, self._row(JOBS))

    def _row(self, query: TextClause) -> dict[str, float | None]:
        with self._database.session("reading the database statistics") as session:
            return dict(session.execute(query).mappings().one())


class RedisStats:
    """Reads the metrics of one server. An unavailable server is a metric, too."""

    def __init__(self, url: str) -> None:
        require_redis_url(url)
        self._client = Redis.from_url(url, **client_options(Retry(NoBackoff(), 0)))

    def read(self, now: datetime) -> tuple[Sample, ...]:
        """Return `up`, the response time of a ping, memory, clients and channels."""
        try:
            self._client.ping()
            began_s = time.monotonic()
            self._client.ping()
            answer_ms = (time.monotonic() - began_s) * 1_000
            info = self._client.info()
        except RedisError:
            return samples_of(_REDIS, now, {"up": 0.0})
        metrics: dict[str, float | None] = {"up": 1.0, "answer_ms": answer_ms}
        metrics |= {name: _number(info.get(key)) for key, name in _INFO_FIELDS.items()}
        most, used = _number(info.get("maxmemory")), _number(info.get("used_memory"))
        metrics["memory_share"] = used / most if most and used is not None else None
        return samples_of(_REDIS, now, metrics)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
