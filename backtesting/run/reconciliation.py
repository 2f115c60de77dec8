"""Reconciliation of a run's ledger: every amount is recomputed from the fills."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from backtesting.metrics.serial import Int64s
from backtesting.record import ReconciliationCheck
from backtesting.run.account_fold import AccountLedger
from bot_manager.trading import OrderReason, Scales
from bot_manager.trading.fixed_point import PPM
from bot_manager.trading.rows import RowArray

Bools = npt.NDArray[np.bool_]


def reconcile(
    ledger: AccountLedger, scales: Scales, start_us: int, end_us: int
) -> list[ReconciliationCheck]:
    """Compare fees, cash, position, profit, equity and timing with the fills and targets."""
    fills = ledger.orders[ledger.orders["refusal"] == 0]
    found = _Recomputed(ledger, fills, scales)
    return [
        _compared("fees", "each fee is rate times value, rounded up", found.fees(fills)),
        _compared("cash", "cash after each fill is capital plus sales less purchases less fees",
                  found.cash == fills["cash"]),
        _compared("position", "the position after each fill is the sum of the fills",
                  found.position == fills["position"]),
        _compared("profit", "cash = capital + realised - cost - fees, at the end",
                  np.array([found.balances()])),
        _compared("equity", "each mark is the cash and whole units of the position",
                  found.marks_agree()),
        _compared("timing", "entries follow the close that decided them, all in the span",
                  np.array(list(_in_time(ledger, start_us, end_us)), np.bool_)),
    ]  # fmt: skip


class _Recomputed:
    """The account recomputed from its fills alone."""

    def __init__(self, ledger: AccountLedger, fills: RowArray, scales: Scales) -> None:
        self._ledger = ledger
        self._contract = scales.contract_units
        self._capital = int(ledger.parameters["capital"][0])
        signed = fills["side"] * fills["size"]
        paid = signed * fills["price"] * self._contract + fills["fee"]
        self.cash: Int64s = self._capital - np.cumsum(paid)
        self.position: Int64s = np.cumsum(signed)
        self._times: Int64s = fills["time"]

    def fees(self, fills: RowArray) -> Bools:
        """Return for each fee whether it is the rate of the value, rounded up."""
        row = self._ledger.parameters[0]
        value = fills["price"] * fills["size"] * self._contract
        rate = np.where(fills["maker"] != 0, row["maker_fee"], row["taker_fee"])
        # In two parts, so that no product leaves 64 bits.
        whole, rest = np.divmod(value, PPM)
        fees: Int64s = whole * rate - (-(rest * rate) // PPM)
        agree: Bools = fees == fills["fee"]
        return agree

    def balances(self) -> bool:
        """Return whether the final state's identity holds, with the fees of all fills."""
        state = self._ledger.state[0]
        cash = self.cash[-1] if len(self.cash) else self._capital
        own = self._capital + state["realised"] - state["cost"] - state["fees"]
        return bool(cash == own == state["cash"])

    def marks_agree(self) -> Bools:
        """Return for each mark whether it equals cash and position at its time."""
        marks = self._ledger.marks
        before = np.searchsorted(self._times, marks["time"], side="left")
        cash = np.append(self._capital, self.cash)[before]
        exposure = np.append(0, self.position * self._contract)[before]
        rest = marks["value"] % np.where(exposure == 0, 1, exposure)
        is_flat = (exposure == 0) & (marks["value"] != 0)
        agree: Bools = (marks["equity"] - marks["value"] == cash) & (rest == 0) & ~is_flat
        return agree


def _in_time(ledger: AccountLedger, start_us: int, end_us: int) -> Iterator[bool]:
    orders, targets = ledger.orders, ledger.targets
    yield bool((np.diff(orders["time"]) >= 0).all())
    yield not len(orders) or bool(start_us <= orders["time"][0] and orders["time"][-1] < end_us)
    entries = orders[(orders["reason"] == OrderReason.SIGNAL) & (orders["realised"] == 0)
                     & (orders["position"] != 0)]  # fmt: skip
    # With latency the deciding close may be earlier by up to that much.
    latency = int(ledger.parameters["latency"][0])
    first = np.searchsorted(targets["time"], entries["time"] - latency, side="right") - 1
    last = np.searchsorted(targets["time"], entries["time"], side="right")
    for start, stop, side in zip(np.maximum(first, 0), last, entries["side"], strict=True):
        yield bool((targets["direction"][start:stop] == side).any())


def _compared(name: str, what: str, agrees: Bools) -> ReconciliationCheck:
    return ReconciliationCheck(
        name=name, what=what, compared=len(agrees), different=int((~agrees).sum())
    )
