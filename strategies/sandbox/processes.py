"""Worker processes for a host."""

from functools import cache
from multiprocessing.util import Finalize

from strategies.sandbox.host import HostLimits, StrategyHost
from strategies.workers.pool import ProcessWorkers, Workers
from strategies.workers.worker import launcher
from utils.clock import SystemClock
from utils.compiled_cache import compiled_cache
from utils.supervision import ProcessCpuMeter


def open_host(limits: HostLimits) -> StrategyHost:
    """Return a host of one worker process at a time; it ends with this process at the latest."""

    def open_workers() -> Workers:
        launch = launcher("strategy-worker", compiled_cache().folder.parent)
        return ProcessWorkers(
            launch, SystemClock(), ProcessCpuMeter(), most=1, loading_s=limits.loading_s
        )

    return StrategyHost(open_workers, limits)


@cache
def shared_host(limits: HostLimits) -> StrategyHost:
    """Return the host that all sweeps of this process share; it ends with the process."""
    host = open_host(limits)
    # A spawned process joins its children before it ends, and runs no other exit handlers.
    Finalize(None, host.close, exitpriority=10)
    return host
