"""Exit codes of all commands, and one plain line for an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer

from utils.errors import ConfigError, ServiceUnavailable, TruetapeError
from utils.redaction import redact_urls


class ExitCode(IntEnum):
    """FOUND: bad rows, differences, or an unhealthy part: the work was done, see the report.

    USAGE: an option or setting is wrong. UNREACHABLE: a server is unavailable; try again later.
    FAILED: the request is not possible. INTERRUPTED: Ctrl+C; every command can be started again.
    """

    OK = 0
    FOUND = 1
    USAGE = 2
    UNREACHABLE = 3
    FAILED = 4
    INTERRUPTED = 130


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Turn TruetapeError, OSError and Ctrl+C into one line without secrets, and an exit code."""
    try:
        yield
    except KeyboardInterrupt:
        raise _exit("interrupted; start again to go on", ExitCode.INTERRUPTED) from None
    except TruetapeError as error:
        raise _exit(str(error), _code_of(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise _exit(f"{where}{error.strerror or error}", ExitCode.FAILED) from error


def _code_of(error: TruetapeError) -> ExitCode:
    from data.errors import DataError
    from database.embedded import EmbeddedError

    if isinstance(error, ConfigError):
        return ExitCode.USAGE
    if isinstance(error, ServiceUnavailable | EmbeddedError):
        return ExitCode.UNREACHABLE
    return ExitCode.FOUND if isinstance(error, DataError) else ExitCode.FAILED


def _exit(problem: str, code: ExitCode) -> typer.Exit:
    typer.secho(redact_urls(problem), err=True, fg="red")
    return typer.Exit(code)
