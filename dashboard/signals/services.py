"""The reads and requests of strategies, without blocking the event loop.

Every method may raise RepositoryUnavailable and RepositoryError.
"""

import logging
from datetime import datetime

from dashboard.signals.reads import ChartSignals, SignalReads, StrategyOverview
from dashboard.thread_pools import ThreadPools
from data import InstrumentId, Timeframe
from strategies.status import SignalRequest, StrategyFile
from strategies.topics import SIGNAL_REQUESTS, RequestsChanged
from utils.errors import ConfigError
from utils.messaging import AsyncBus, BusUnavailable

log = logging.getLogger("truetape.dashboard")

CHART = "chart"


class SignalServices:
    """Reads and requests over the ports; each request is published to the engine."""

    def __init__(self, reads: SignalReads, bus: AsyncBus, thread_pools: ThreadPools) -> None:
        self._reads = reads
        self._bus = bus
        self._read = thread_pools.read

    async def overview(self) -> StrategyOverview:
        """Return every strategy with its health, and the newest signals."""
        return await self._read(self._reads.overview)

    async def files(self) -> list[StrategyFile]:
        """Return the files of strategies."""
        return await self._read(self._reads.strategies.files)

    async def chart(
        self, name: InstrumentId, timeframe: Timeframe, since: datetime
    ) -> ChartSignals:
        """Return the groups, requests and signals of one instrument and timeframe."""
        return await self._read(self._reads.chart, name, timeframe, since)

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
        await self._read(self._reads.request_strategy, request)
        await self._publish(requester)

    async def withdraw(self, requester: str) -> None:
        """Withdraw a request of a chart. Raises ConfigError for others' requests."""
        if not requester.startswith(f"{CHART}:"):
            raise ConfigError(
                "request", field=requester[:80], problem="is not a request of a chart"
            )
        await self._read(self._reads.requests.withdraw, [requester])
        await self._publish(requester)

    async def _publish(self, requester: str) -> None:
        try:
            await self._bus.publish(SIGNAL_REQUESTS, CHART, RequestsChanged(requesters=[requester]))
        except BusUnavailable as error:
            # The engine polls the requests, too, only later.
            log.info("request not published", extra={"reason": str(error)})
