"""What the routes, the pages and the live feeds of one server work with, built at the root."""

from dataclasses import dataclass

from dashboard.features.backtests.reads import BacktestReads
from dashboard.features.bots.services import BotServices
from dashboard.features.market.indicator_reads import IndicatorReads
from dashboard.features.market.reads import MarketReads
from dashboard.features.strategies.chart_requests import ChartRequests
from dashboard.features.strategies.reads import SignalReads
from dashboard.features.system.services import SystemServices
from dashboard.jobs.function_runner import FunctionRunner
from dashboard.jobs.run_jobs import RunQueue
from dashboard.security.audit_log import AuditLog
from dashboard.thread_pools import ThreadPools
from data.ports import CollectorStatusRepository
from strategies.charts.ports import ChartLayoutRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardServices:
    """Reads and repositories block: call them with `thread_pools.run`, never on the event loop.

    They may raise RepositoryUnavailable (show it on the page, retry later) and RepositoryError.
    `function_runner` evaluates indicators; `runs` are the jobs of backtests and sweeps.
    """

    thread_pools: ThreadPools
    market: MarketReads
    collectors: CollectorStatusRepository
    indicators: IndicatorReads
    function_runner: FunctionRunner
    layouts: ChartLayoutRepository
    signals: SignalReads
    chart_requests: ChartRequests
    backtests: BacktestReads
    runs: RunQueue
    bots: BotServices
    system: SystemServices
    audit: AuditLog

    def close(self) -> None:
        """End all workers and running jobs, and drop waiting reads."""
        self.function_runner.close()
        self.runs.close()
        self.bots.verifications.close()
        self.system.data_jobs.close()
        self.thread_pools.close()
