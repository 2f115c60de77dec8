"""Somebody who computes for the web process, which never loads the compiler itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from utils.errors import ServiceFault, ServiceUnavailable

P = ParamSpec("P")
R = TypeVar("R")


class ComputingUnavailable(ServiceUnavailable):
    """The worker is busy, died or was too slow; the next call finds a new one."""


class ComputingFailed(ServiceFault):
    """The function raised; the message says what."""


class Computing(ABC):
    """Runs functions elsewhere."""

    @abstractmethod
    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function of a module returns; all that travels must be picklable.

        Raises ComputingUnavailable, ComputingFailed.
        """

    @abstractmethod
    def close(self) -> None:
        """End whatever runs."""
