"""Repository of stored backtests. Implemented in `database`, and by test fakes.

Every method may raise RepositoryUnavailable (try again later) and RepositoryError (our fault).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from backtesting.record import BacktestRecord, BacktestSummary


class BacktestQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Filter of backtests; None: any. `metric`: greatest first, undefined last; else newest."""

    strategy: str | None = None
    instrument: str | None = None
    tag: str | None = None
    metric: str | None = None
    limit: int = 100


class BacktestRepository(ABC):
    """Stored backtests. They never change, except for note and tags."""

    @abstractmethod
    def save(self, record: BacktestRecord) -> int:
        """Store a backtest and return its id: the existing one's, if the same run is stored."""

    @abstractmethod
    def find(self, config: str, data: str, code: str) -> BacktestSummary | None:
        """Return the backtest with these digests."""

    @abstractmethod
    def get(self, backtest_id: int) -> BacktestRecord | None:
        """Return one backtest, whole."""

    @abstractmethod
    def search(self, query: BacktestQuery) -> list[BacktestSummary]:
        """Return the backtests that match a query."""

    @abstractmethod
    def annotate(self, backtest_id: int, note: str, tags: Sequence[str]) -> None:
        """Replace note and tags. Raises BacktestMissing."""

    @abstractmethod
    def delete(self, backtest_id: int) -> bool:
        """Delete a backtest; return whether it existed."""
