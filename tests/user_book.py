"""Users' strategies by name, run in the test's own process."""

from pathlib import Path

from strategies.hosting.book import StrategyBook
from strategies.hosting.host import StrategyHost
from tests.fakes.workers import InlineWorkers


def a_book(folder: Path) -> StrategyBook:
    """Return the built-in strategies and those of a folder."""
    return StrategyBook(folder, StrategyHost(InlineWorkers))
