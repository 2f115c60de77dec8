"""The port that computes for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from utils.errors import ServiceFault, ServiceUnavailable

P = ParamSpec("P")
R = TypeVar("R")


class ComputingUnavailable(ServiceUnavailable):
    """The worker is busy, has ended or was too slow; the next call uses a new one."""


class ComputingFailed(ServiceFault):
    """The function raised; the message holds its error."""


class Computing(ABC):
    """Runs functions in another process."""

    @abstractmethod
    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the result of a module's function; it, its arguments and result must be picklable.

        Raises ComputingUnavailable, ComputingFailed.
        """

    @abstractmethod
    def close(self) -> None:
        """End the worker."""
