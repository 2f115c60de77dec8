"""What one run came to: exact books, and the metrics measured on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from backtesting.accounting import Books
from backtesting.gathering import new_digest
from backtesting.metrics import METRICS, EquityCurve, Run
from backtesting.metrics.card import Value
from bot_manager.trading.rows import RowArray


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """Names of what was asked, on what data, by what code, and of what came out of it.

    The first three tell whether a stored result may stand for a new run. `outcome` covers whole
    numbers only: directions, orders, marks; `finer` the data inside ambiguous candles.
    """

    config: str
    data: str
    code: str
    finer: str
    outcome: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outcome:
    """One run. `told` are all targets that the account was given; `benchmark` is buy and hold."""

    books: Books
    told: RowArray
    run: Run
    benchmark: EquityCurve

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
