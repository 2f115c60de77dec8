"""Inline computations, without a separate process."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dashboard.jobs.function_runner import FunctionRunner

P = ParamSpec("P")
R = TypeVar("R")


class InlineFunctionRunner(FunctionRunner):
    """Computes in a thread of the caller's process; counts the calls."""

    def __init__(self) -> None:
        self.calls = 0

    async def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self.calls += 1
        return await asyncio.to_thread(function, *args, **kwargs)

    def close(self) -> None:
        """Do nothing."""
