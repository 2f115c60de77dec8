"""Blocking reads beside the event loop, so many at most at a time as the store has connections."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Slots:
    """Runs functions in threads; whoever comes late waits."""

    def __init__(self, parallel: int = 4) -> None:
        self._free = asyncio.Semaphore(parallel)

    async def read(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a blocking function returns."""
        async with self._free:
            return await asyncio.to_thread(function, *args, **kwargs)
