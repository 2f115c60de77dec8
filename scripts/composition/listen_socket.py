"""The address at which the dashboard listens."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from utils.errors import ConfigError


@contextmanager
def bound_socket(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket bound to the address. Raises ConfigError if it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise ConfigError(
                "DASHBOARD_PORT",
                problem=f"{port} on {host} cannot be used ({error.strerror}); "
                "stop what uses it, or choose another with --port",
            ) from error
        yield listener
