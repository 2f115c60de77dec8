"""Translate database errors to those of the ports: try again later, or our fault.

Messages name the operation and PostgreSQL's error code, never bound values or addresses with
passwords. The driver's error is not chained: psycopg2 puts values into the statement, and
the server quotes the statement in its error. The location stays in the traceback.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import errorcodes
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.errors import RepositoryError, RepositoryUnavailable

# Transient SQLSTATE classes: connection, rolled back (deadlock), resources (disk full), locked,
# operator intervention (shutdown, cancelled by a time limit), system error; read-only server.
_TRANSIENT_CLASSES = ("08", "40", "53", "55", "57", "58")
_READ_ONLY = "25006"
# Classes whose messages name columns and constraints, and no values.
_DETAILED_CLASSES = ("23", "42")
# A refused login carries no SQLSTATE to the client, only the server's message.
_REFUSED_LOGIN = ("authentication failed", "does not exist", "no pg_hba.conf entry")


@contextmanager
def translate_errors(operation: str) -> Iterator[None]:
    """Raise RepositoryUnavailable or RepositoryError, naming `operation`, for a database error."""
    try:
        yield
    except (SQLAlchemyError, psycopg2.Error) as error:
        raise repository_error(error, operation).with_traceback(error.__traceback__) from None
    except ValueError as error:
        # A driver error raised before the server is contacted.
        if not isinstance(error, UnicodeEncodeError) and "NUL (0x00)" not in str(error):
            raise
        raise RepositoryError(
            f"{operation}: a text contains characters that cannot be stored"
        ) from None


def repository_error(
    error: SQLAlchemyError | psycopg2.Error, operation: str
) -> RepositoryError | RepositoryUnavailable:
    """Convert a driver's error to the port's error."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state: str | None = getattr(cause, "pgcode", None)
    if state and isinstance(cause, psycopg2.Error):
        return _by_state(state, cause, operation)
    if isinstance(cause, PoolTimeoutError):
        return RepositoryUnavailable(f"{operation}: every connection of the pool is in use")
    if isinstance(cause, psycopg2.OperationalError | psycopg2.InterfaceError):
        reason = _first_line(cause)
        if any(detail in reason for detail in _REFUSED_LOGIN):
            return RepositoryError(f"{operation}: the database refused the login: {reason}")
        return RepositoryUnavailable(f"{operation}: the database cannot be reached: {reason}")
    return RepositoryError(f"{operation}: the database reported {type(cause).__name__}")


def _by_state(
    state: str, cause: psycopg2.Error, operation: str
) -> RepositoryError | RepositoryUnavailable:
    name = f"{_name_of(state)} ({state})"
    if state.startswith(_TRANSIENT_CLASSES) or state == _READ_ONLY:
        return RepositoryUnavailable(f"{operation}: the database is temporarily unable: {name}")
    detail = f": {cause.diag.message_primary}" if state.startswith(_DETAILED_CLASSES) else ""
    return RepositoryError(f"{operation}: the database reported {name}{detail}")


def _name_of(state: str) -> str:
    try:
        return errorcodes.lookup(state).lower()
    except KeyError:
        return "error"


def _first_line(error: BaseException) -> str:
    """Return the client library's message: it holds host and port, never the password."""
    return next(iter(str(error).splitlines()), type(error).__name__)
