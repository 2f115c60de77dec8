"""Options of both buses' Redis connections: short timeouts, and no retries of the driver."""

from typing import Any
from urllib.parse import urlsplit

from utils.errors import ConfigError

# A wake-up that takes longer is not worth waiting for: readers poll every second anyway.
SOCKET_TIMEOUT_S = 1.0
# The most waiting messages that one `receive` returns.
MAX_MESSAGES = 10_000
MESSAGE_KINDS = ("message", "pmessage")

_SCHEMES = ("redis", "rediss", "unix")


def require_redis_url(url: str) -> None:
    """Refuse a URL that is not for Redis. Raises ConfigError; the value may hold a secret."""
    if urlsplit(url).scheme not in _SCHEMES:
        raise ConfigError("Redis URL", problem="must look like redis://host:6379/0")


def client_options(retry: Any) -> dict[str, Any]:
    """Return the options of every connection.

    RESP2: a subscription needs no more, and every server and proxy supports it.
    """
    return {
        "protocol": 2,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "health_check_interval": 0,
        "retry": retry,
        "client_name": "truetape",
    }
