"""Errors named by what the caller should do.

TruetapeError
├── ConfigError              stop, and report: what, where, which value, what is allowed
├── ExternalServiceError     something outside failed
│   ├── ServiceUnavailable   try again later; nothing was done
│   └── ServiceFault         do not retry: the request itself is at fault
├── NotFound                 what a request names does not exist: name another
└── (each package adds its own below these, or directly below TruetapeError)
"""

from collections.abc import Iterable
from typing import NamedTuple


class TruetapeError(Exception):
    """The base class of all errors of this platform."""


class FieldProblem(NamedTuple):
    """What is wrong with a field, by its dotted name; no field: the whole input."""

    field: str
    problem: str


class ConfigError(TruetapeError):
    """A setting, file or argument is wrong; `problem` holds what is allowed.

    `others` are the problems of further fields; the message names the first one only.
    """

    def __init__(
        self, source: str, *, field: str = "", problem: str, others: Iterable[FieldProblem] = ()
    ) -> None:
        self.source = source
        self.field = field
        self.problem = problem
        self.problems = (FieldProblem(field, problem), *others)
        super().__init__(f"{source}: {field}: {problem}" if field else f"{source}: {problem}")


class NotFound(TruetapeError):
    """What a request names does not exist, or not any more."""


class ExternalServiceError(TruetapeError):
    """A server that the platform depends on failed."""


class ServiceUnavailable(ExternalServiceError):
    """The server cannot be reached or is overloaded: retry later."""


class ServiceFault(ExternalServiceError):
    """The server refuses the request: a retry will not help."""
