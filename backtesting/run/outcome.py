"""Outcome of one run: exact ledger, and the metrics measured on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backtesting.data.print_buffer import new_digest
from backtesting.metrics import METRICS, Run
from backtesting.metrics.card import Value
from backtesting.run.accounting import AccountLedger
from backtesting.run.benchmark import Benchmark
from bot_manager.trading.rows import RowArray


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RunOutcome:
    """One run. `targets`: all targets of the account; `benchmark`: buy and hold."""

    ledger: AccountLedger
    targets: RowArray
    run: Run
    benchmark: Benchmark

    def metrics(self, names: Iterable[str] | None = None) -> Mapping[str, Value]:
        """Compute these metrics, or all. Raises KeyError for an unknown name."""
        return {name: METRICS[name](self.run) for name in (names or METRICS)}

    def digest(self) -> str:
        """Return a digest of targets, orders, marks and the last state."""
        digest = new_digest()
        ledger = self.ledger
        for rows in (ledger.parameters, self.targets, ledger.orders, ledger.marks, ledger.state):
            digest.update(rows.tobytes())
        return digest.hexdigest()
