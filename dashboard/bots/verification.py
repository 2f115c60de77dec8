"""Replays bots in a process beside the server."""

from collections.abc import Callable

from dashboard.bots.ports import BotVerificationResult, BotVerificationRunner
from dashboard.compute import Computing


class WorkerVerificationRunner(BotVerificationRunner):
    """Calls `check` in a worker; it must be picklable, as a function of a module is."""

    def __init__(self, computing: Computing, check: Callable[[str], BotVerificationResult]) -> None:
        self._computing = computing
        self._check = check

    async def check(self, name: str) -> BotVerificationResult:
        return await self._computing.call(self._check, name)

    def close(self) -> None:
        self._computing.close()
