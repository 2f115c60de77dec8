"""The port of work outside of the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from backtesting.monitor import RunMonitor
from utils.errors import ServiceFault, ServiceUnavailable, TruetapeError

Request = TypeVar("Request")
Result = TypeVar("Result")


class WorkFailed(ServiceFault):
    """The work raised an error; `field` of a form, if one is at fault."""

    def __init__(self, problem: str, field: str = "") -> None:
        self.problem = problem
        self.field = field
        super().__init__(problem)


class RequestCancelled(TruetapeError):
    """The work was cancelled before it was done."""


class WorkerUnavailable(ServiceUnavailable):
    """The worker is busy, ended or was too slow; a later request uses a new one."""


class Worker(ABC, Generic[Request, Result]):
    """Handles one request at a time."""

    @abstractmethod
    def run(self, request: Request, monitor: RunMonitor) -> Result:
        """Return the result of a request, blocking.

        Raises WorkFailed, RequestCancelled, WorkerUnavailable.
        """

    @abstractmethod
    def close(self) -> None:
        """End the running request."""


def failure_of(error: Exception) -> WorkFailed:
    """Return the failure that reports an error of the work."""
    if isinstance(error, WorkFailed):
        return error
    if isinstance(error, TruetapeError):
        return WorkFailed(str(error))
    return WorkFailed(f"{type(error).__name__}: {error}")
