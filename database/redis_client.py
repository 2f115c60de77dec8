"""How both buses talk to Redis: short timeouts, and no retries but our own."""

from typing import Any
from urllib.parse import urlsplit

from utils.errors import ConfigError

# A bell that takes longer than this is not worth waiting for: readers poll every second anyway.
SOCKET_TIMEOUT_S = 1.0
# How many waiting messages one `receive` returns at most.
MAX_MESSAGES = 10_000
MESSAGE_KINDS = ("message", "pmessage")

_SCHEMES = ("redis", "rediss", "unix")


def require_redis_url(url: str) -> None:
    """Refuse a URL that is none of Redis. Raises ConfigError; the value may hold a secret."""
    if urlsplit(url).scheme not in _SCHEMES:
        raise ConfigError("Redis URL", problem="must look like redis://host:6379/0")


def client_options(retry: Any) -> dict[str, Any]:
    """Return what every connection of ours is made with.

    RESP2: a subscription needs no more, and every server and proxy speaks it.
    """
    return {
        "protocol": 2,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "health_check_interval": 0,
        "retry": retry,
        "client_name": "truetape",
    }
