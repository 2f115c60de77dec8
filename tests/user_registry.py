"""Users' strategies by name, run in the test's own process."""

from pathlib import Path

from strategies.hosts.host import StrategyHost
from strategies.hosts.registry import StrategyRegistry
from tests.fakes.workers import InlineWorkers


def make_registry(folder: Path) -> StrategyRegistry:
    """Return the built-in strategies and those of a folder."""
    return StrategyRegistry(folder, StrategyHost(InlineWorkers))
