"""Metrics of Redis."""

import time
from datetime import datetime

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from database.messaging.client import client_options, require_redis_url
from utils.telemetry import Sample, samples_of

SUBJECT = "redis"
_INFO_FIELDS = {
    "used_memory": "memory_bytes",
    "connected_clients": "clients",
    "pubsub_channels": "channels",
    "pubsub_patterns": "patterns",
    "instantaneous_ops_per_sec": "commands_per_s",
    "rejected_connections": "rejected_connections",
    "client_recent_max_output_buffer": "output_buffer_bytes",
}


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
            return samples_of(SUBJECT, now, {"up": 0.0})
        metrics: dict[str, float | None] = {"up": 1.0, "answer_ms": answer_ms}
        metrics |= {name: _number(info.get(key)) for key, name in _INFO_FIELDS.items()}
        most, used = _number(info.get("maxmemory")), _number(info.get("used_memory"))
        metrics["memory_share"] = used / most if most and used is not None else None
        return samples_of(SUBJECT, now, metrics)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
