"""The connection to PostgreSQL: one engine and pool per process, sessions for the repositories."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg2.extensions import connection as PsycopgConnection
from psycopg2.extensions import cursor as PsycopgCursor
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from database.errors import translate_errors
from utils.cancellation import check_cancelled
from utils.errors import ConfigError

_DRIVER = "postgresql+psycopg2"
_ACCEPTED = ("postgres", "postgresql", _DRIVER)

# The settings of every connection, whatever the server's defaults are.
_SESSION_SETTINGS = {
    "timezone": "UTC",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "synchronous_commit": "on",
    "application_name": "truetape",
}
_CONNECT_TIMEOUT_S = 5
_POOL_RECYCLE_S = 1800


class Database:
    """An engine with its pool. Thread-safe; each process opens its own after it starts."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def session(self, operation: str) -> Iterator[Session]:
        """Open a session that commits at the end of the block, or rolls back if it raises.

        Database errors become RepositoryUnavailable or RepositoryError, naming `operation`. Raises
        WorkCancelled if the caller has cancelled: a read in many steps ends before its next one.
        """
        check_cancelled()
        with translate_errors(operation), Session(self.engine) as session, session.begin():
            yield session

    def private_connection(self, operation: str) -> Connection:
        """Return a connection outside the pool, in autocommit, which the caller must close."""
        with translate_errors(operation):
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()
            return connection

    @property
    def connections_in_use(self) -> int:
        """Return how many connections of the pool are in use."""
        pool = self.engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def open_database(
    url: str,
    *,
    pool_size: int = 5,
    max_connections: int | None = None,
    pool_timeout_s: float = 10.0,
    ping_first: bool = True,
) -> Database:
    """Prepare a database; connections are opened at first use. Raises ConfigError for the URL.

    `pool_size` connections stay open; at most `max_connections`, or twice as many, are open at a
    time, and a call waits `pool_timeout_s` for a free one. `ping_first`: test each connection
    before its use. A loop that retries by itself does not need it, and saves the round trip.
    """
    return Database(
        create_engine(
            driver_url(url),
            connect_args=_connect_args(url),
            hide_parameters=True,
            pool_pre_ping=ping_first,
            pool_size=pool_size,
            max_overflow=(max_connections or 2 * pool_size) - pool_size,
            pool_timeout=pool_timeout_s,
            pool_recycle=_POOL_RECYCLE_S,
            pool_use_lifo=True,
        )
    )


def raw_cursor(session: Session) -> PsycopgCursor:
    """Return the driver's own cursor in a session's transaction: for COPY and many rows."""
    return cursor_of(session.connection())


def cursor_of(connection: Connection) -> PsycopgCursor:
    """Return the driver's own cursor in a connection's transaction."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, PsycopgConnection)
    return driver.cursor()


def driver_url(url: str) -> URL:
    """Return the URL with the driver named; bare forms are accepted. Raises ConfigError."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in _ACCEPTED:
        # From None, and without the value: it may hold a password.
        raise ConfigError(
            "database URL", problem="must look like postgresql://user:password@host:5432/database"
        ) from None
    return parsed.set(drivername=_DRIVER)


def _connect_args(url: str) -> dict[str, str | int]:
    """Return settings for libpq; the URL's own `options` come last and take precedence."""
    own = driver_url(url).query.get("options", "")
    settings = [f"-c {name}={value}" for name, value in _SESSION_SETTINGS.items()]
    options = " ".join([*settings, own if isinstance(own, str) else " ".join(own)])
    return {
        "options": options.strip(),
        "connect_timeout": _CONNECT_TIMEOUT_S,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
