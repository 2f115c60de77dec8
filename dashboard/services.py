"""The reads and commands of pages and of the live view, without blocking the event loop.

Plain data in, plain data out; uses the ports, never the database or Dash. Every method may raise
RepositoryUnavailable (show it on the page, retry later) and RepositoryError.
"""

from collections.abc import Sequence
from datetime import datetime

from dashboard.backtests.services import BacktestServices
from dashboard.bots.services import BotServices
from dashboard.charts.market_reads import MarketReads
from dashboard.charts.services import ChartServices
from dashboard.feed import FeedView, feed_view
from dashboard.security.audit_log import AuditLog
from dashboard.signals.services import SignalServices
from dashboard.system.services import SystemServices
from dashboard.thread_pools import ThreadPools
from dashboard.views import ChartHistory, Listing, Market, Seed
from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from data.ports import CollectorStatusRepository
from data.status import CollectorStatus
from utils.clock import Clock
from utils.liveness import Liveness

TRADES_SHOWN = 20


class DashboardServices:
    """Reads over the ports, each run in a thread."""

    def __init__(
        self,
        market: MarketReads,
        collectors: CollectorStatusRepository,
        clock: Clock,
        *,
        audit: AuditLog,
        backtests: BacktestServices,
        bots: BotServices,
        charts: ChartServices,
        signals: SignalServices,
        thread_pools: ThreadPools,
        system: SystemServices,
    ) -> None:
        self.system = system
        self.audit = audit
        self.backtests = backtests
        self.bots = bots
        self.charts = charts
        self.signals = signals
        self.thread_pools = thread_pools
        self._market = market
        self._collectors = collectors
        self._liveness = Liveness(clock)
        self._read = thread_pools.read

    @property
    def timeframes(self) -> tuple[Timeframe, ...]:
        """Return the timeframes that are collected, finest first."""
        return self._market.timeframes

    async def listing(self) -> Listing:
        """Return the instruments and timeframes to choose from."""
        names = await self._read(self._market.instruments.names)
        return Listing(names, self.timeframes)

    async def market(self, name: InstrumentId, timeframe: Timeframe, limit: int) -> Market:
        """Return all that the Market page shows at first. Raises InvalidValue if it is unknown."""
        return await self._read(self._read_market, name, timeframe, limit)

    async def older(
        self, name: InstrumentId, timeframe: Timeframe, before: datetime, limit: int
    ) -> ChartHistory:
        """Return the candles opened before `before`."""
        return await self._read(self._market.older, name, timeframe, before, limit)

    async def seed(self, name: InstrumentId, timeframes: Sequence[Timeframe]) -> Seed:
        """Return the start of a live view of a tape."""

        def read() -> Seed:
            return self._market.seed(name, timeframes, trade_limit=TRADES_SHOWN)

        return await self._read(read)

    async def collectors(self) -> list[CollectorStatus]:
        """Return the last status of each collector."""
        return await self._read(self._collectors.all)

    async def feed(self) -> FeedView:
        """Return the state of the feed."""
        return await self._read(self._read_feed)

    def _read_feed(self) -> FeedView:
        statuses = self._collectors.all()
        for status in statuses:
            self._liveness.observe_time(status.name, status.reported_at)
        return feed_view(statuses, self._liveness.silent_s)

    def _read_market(self, name: InstrumentId, timeframe: Timeframe, limit: int) -> Market:
        instrument = self._market.instrument(name)
        if instrument is None:
            raise InvalidValue(f"instrument {name} is unknown; choose another")
        return Market(
            instrument=instrument,
            timeframe=timeframe,
            history=self._market.newest(name, timeframe, limit),
            trades=self._market.trades.latest(name, TRADES_SHOWN),
            quote=self._market.quote(name),
            feed=self._read_feed(),
        )
