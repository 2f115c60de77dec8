"""The requests of strategies from charts: stored, then published to the engine.

Every method may raise RepositoryUnavailable and RepositoryError.
"""

import logging

from dashboard.thread_pools import ThreadPools
from data import InstrumentId, Timeframe
from strategies.ports import RequestRepository
from strategies.requests import SignalRequest
from strategies.topics import SIGNAL_REQUESTS, RequestsChanged
from utils.bounds import shortened
from utils.errors import ConfigError, NotFound
from utils.messaging import AsyncBus, BusUnavailable

log = logging.getLogger("truetape.dashboard")

CHART = "chart"


class ChartRequests:
    """Requests strategies on charts, without blocking the event loop."""

    def __init__(
        self, requests: RequestRepository, bus: AsyncBus, thread_pools: ThreadPools
    ) -> None:
        self._requests = requests
        self._bus = bus
        self._run = thread_pools.run

    async def request_strategy(
        self, name: InstrumentId, timeframe: Timeframe, strategy: str, parameters: str
    ) -> None:
        """Request a strategy on a chart; a repeated request changes nothing."""
        requester = f"{CHART}:{name} {timeframe} {strategy}{parameters}"
        request = SignalRequest(
            requester=requester,
            instrument=name,
            timeframe=timeframe,
            strategy=strategy,
            parameters=parameters,
        )
        await self._run(self._requests.put, [request])
        await self._publish(requester)

    async def withdraw(self, requester: str) -> None:
        """Withdraw a request of a chart. Raises NotFound, ConfigError for others' requests."""
        if not requester.startswith(f"{CHART}:"):
            raise ConfigError(
                "request", field=requester[:80], problem="is not a request of a chart"
            )
        stored = await self._run(self._requests.all)
        if requester not in {status.request.requester for status in stored}:
            raise NotFound(
                f"request {shortened(requester)} does not exist; it may have been withdrawn"
            )
        await self._run(self._requests.withdraw, [requester])
        await self._publish(requester)

    async def _publish(self, requester: str) -> None:
        try:
            await self._bus.publish(SIGNAL_REQUESTS, CHART, RequestsChanged(requesters=[requester]))
        except BusUnavailable as error:
            # The engine polls the requests, too, only later.
            log.info("request not published", extra={"reason": str(error)})
