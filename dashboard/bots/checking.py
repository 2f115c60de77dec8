"""Replays by a process beside the server."""

from collections.abc import Callable

from dashboard.bots.ports import BotChecks, BotVerdict
from dashboard.compute import Computing


class ComputedChecks(BotChecks):
    """Calls a function elsewhere; it must be picklable, as a function of a module is."""

    def __init__(self, computing: Computing, check: Callable[[str], BotVerdict]) -> None:
        self._computing = computing
        self._check = check

    async def check(self, name: str) -> BotVerdict:
        return await self._computing.call(self._check, name)

    def close(self) -> None:
        self._computing.close()
