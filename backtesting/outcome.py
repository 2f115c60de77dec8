"""What one run came to: exact books, and the metrics measured on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backtesting.accounting import Books
from backtesting.benchmark import Benchmark
from backtesting.gathering import new_digest
from backtesting.metrics import METRICS, Run
from backtesting.metrics.card import Value
from bot_manager.trading.rows import RowArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """One run. `told` are all targets that the account was given; `benchmark` is buy and hold."""

    books: Books
    told: RowArray
    run: Run
    benchmark: Benchmark

    def metrics(self, names: Iterable[str] | None = None) -> Mapping[str, Value]:
        """Measure these metrics, or all. Raises KeyError for one that is none."""
        return {name: METRICS[name](self.run) for name in (names or METRICS)}

    def digest(self) -> str:
        """Return a digest of targets, orders, marks and the last state."""
        digest = new_digest()
        books = self.books
        for rows in (books.parameters, self.told, books.orders, books.marks, books.state):
            digest.update(rows.tobytes())
        return digest.hexdigest()
