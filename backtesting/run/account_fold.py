"""Fold of one account through a history: in chunks, with drill-down of ambiguous candles.

Marks are daily, the sampling of the metrics: so the kernel skips prints without an event at almost
no cost. Equity at finer times follows from fills and closes (see `equity`).
"""

from dataclasses import dataclass, field

import numpy as np

from backtesting.data.decisions import drop_repeats
from backtesting.data.history import Prints
from backtesting.data.intrabar import IntrabarData
from backtesting.errors import AccountOverflow
from bot_manager.trading import (
    MARKS,
    ORDERS,
    AccountParameters,
    AccountStatus,
    CandleColumns,
    Scales,
    TapeColumns,
    from_us,
    opening_state,
    take_target_in_force,
)
from bot_manager.trading.codes import NEVER
from bot_manager.trading.encoding import encode
from bot_manager.trading.fold import NO_TARGETS, FoldResult, fold_candles, fold_trades, mark_end
from bot_manager.trading.rows import RowArray
from data import Instrument, Timeframe


@dataclass(frozen=True, slots=True, eq=False)
class AccountLedger:
    """An account at the end: its rows, targets, orders, and daily marks (the last at the end)."""

    parameters: RowArray
    state: RowArray
    targets: RowArray
    orders: RowArray
    marks: RowArray
    drilled: int = 0


def mark_timeframe(timeframe: Timeframe) -> Timeframe:
    """Return the timeframe at whose closes equity is marked: days, or longer candles."""
    return Timeframe.D1 if timeframe.seconds < Timeframe.D1.seconds else timeframe


@dataclass(slots=True, eq=False)
class AccountFold:
    """Folds prints into one account.

    `targets`: those that may not be processed yet; `received`: all, in order.
    """

    parameters: RowArray
    state: RowArray
    intrabar: IntrabarData | None = None
    targets: RowArray = field(default_factory=lambda: NO_TARGETS)
    received: list[RowArray] = field(default_factory=lambda: [NO_TARGETS])
    orders: list[RowArray] = field(default_factory=list)
    marks: list[RowArray] = field(default_factory=list)
    drilled: int = 0

    def add_targets(self, targets: RowArray) -> None:
        """Append targets after those it has."""
        self.received.append(targets)
        waiting = self.targets[self.targets["time"] > self.state["heard"][0]]
        self.targets = np.concatenate([waiting, targets]) if len(waiting) else targets

    def apply_target_in_force(self, in_force: RowArray, *, enter_on_start: bool) -> None:
        """Apply the target in force before the first print, if there is one row of it.

        Without `enter_on_start` it counts as acted on already, and is no target of the account.
        """
        if not len(in_force):
            return
        direction, decided_us = int(in_force["direction"][0]), int(in_force["time"][0])
        take_target_in_force(
            self.parameters, self.state, direction, decided_us, enter_on_start=enter_on_start
        )
        if enter_on_start:
            self.add_targets(in_force)

    def fold(self, prints: Prints) -> None:
        """Fold the next prints. Raises AccountOverflow."""
        if isinstance(prints, TapeColumns):
            self._keep(fold_trades(self.parameters, self.state, prints, self.targets))
        else:
            self._fold_candles(prints)
        if self.state["status"][0] == AccountStatus.FAILED:
            when = from_us(self.state["time"][0])
            raise AccountOverflow(
                f"the account's money exceeds 62 bits at {when.isoformat()}: "
                "start with less capital, or trade an instrument with coarser steps"
            )

    def _fold_candles(self, candles: CandleColumns) -> None:
        drill_from = 0 if self.intrabar else NEVER
        while True:
            folded = fold_candles(
                self.parameters, self.state, candles, self.targets, drill_from=drill_from
            )
            self._keep(folded)
            if folded.stopped_at is None:
                return
            drill_from = folded.stopped_at + 1 - self._drill(candles, folded.stopped_at)

    def _drill(self, candles: CandleColumns, number: int) -> int:
        """Fold finer prints in place of a candle, if stored; return 1 if so, else 0."""
        start = int(candles.open_time[number])
        intrabar = (
            self.intrabar.within(start, start + candles.duration_us) if self.intrabar else None
        )
        if intrabar is None:
            return 0
        self.drilled += 1
        self.fold(intrabar)
        # If the last trade is before the candle's end, the candle must not be folded again.
        self.state["time"] = np.maximum(self.state["time"], start + candles.duration_us - 1)
        return 1

    def _keep(self, folded: FoldResult) -> None:
        self.state = folded.state
        if len(folded.orders):
            self.orders.append(folded.orders)
        if len(folded.marks):
            self.marks.append(folded.marks)

    def close(self, end_us: int) -> AccountLedger:
        """Mark the closed candles and the end, and return the ledger."""
        self._keep(mark_end(self.parameters, self.state, end_us))
        marks = np.concatenate(self.marks) if self.marks else np.zeros(0, MARKS)
        if not len(marks) or marks["time"][-1] < end_us:
            marks = np.concatenate([marks, self._last_mark(end_us)])
        orders = np.concatenate(self.orders) if self.orders else np.zeros(0, ORDERS)
        targets = drop_repeats(self.received)
        return AccountLedger(self.parameters, self.state, targets, orders, marks, self.drilled)

    def _last_mark(self, end_us: int) -> RowArray:
        row, state = np.zeros(1, MARKS), self.state[0]
        row["time"], row["value"] = end_us, state["exposure"] * state["price"]
        row["equity"] = state["cash"] + row["value"]
        return row


def open_account(
    parameters: AccountParameters,
    instrument: Instrument,
    scales: Scales,
    timeframe: Timeframe,
    start_us: int,
    intrabar: IntrabarData | None = None,
) -> AccountFold:
    """Open a flat account at `start_us`. Raises InvalidParameter."""
    row = encode(parameters, instrument, scales, mark_timeframe(timeframe))
    return AccountFold(row, opening_state(row, start_us), intrabar)
