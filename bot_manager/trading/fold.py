"""Python interface of the kernel: states and columns in; new states, orders and marks out."""

from dataclasses import dataclass

import numpy as np

from bot_manager.errors import InvalidParameter
from bot_manager.trading import kernel
from bot_manager.trading.columns import CandleColumns, TapeColumns
from bot_manager.trading.rows import RowArray
from bot_manager.trading.tables import COMMANDS, MARKS, ORDERS, TARGETS, WORK

NO_TARGETS = np.zeros(0, TARGETS)
NO_COMMANDS = np.zeros(0, COMMANDS)

_NOWHERE = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class FoldResult:
    """Result of a fold: states after it, and the rows it wrote, by account and time.

    `stopped_at`: number of the ambiguous candle before which it stopped for a drill-down.
    """

    state: RowArray
    orders: RowArray
    marks: RowArray
    stopped_at: int | None = None


def fold_trades(
    parameters: RowArray,
    state: RowArray,
    tape: TapeColumns,
    targets: RowArray = NO_TARGETS,
    commands: RowArray = NO_COMMANDS,
) -> FoldResult:
    """Fold a chunk of tape into accounts that share their targets; see `kernel`."""
    buffers = _Buffers(parameters, state, len(targets), tape.time)
    columns = (tape.time, tape.trade_id, tape.price, tape.size)
    kernel.fold_trade_columns(
        parameters,
        buffers.state,
        columns,
        targets,
        commands,
        buffers.orders,
        buffers.marks,
        buffers.work,
    )
    return buffers.folded()


def fold_candles(
    parameters: RowArray,
    state: RowArray,
    candles: CandleColumns,
    targets: RowArray = NO_TARGETS,
    commands: RowArray = NO_COMMANDS,
    *,
    drill_from: int = _NOWHERE,
) -> FoldResult:
    """Fold candles into accounts that share their targets; see `kernel`.

    `drill_from` is for a single account: from this candle on, stop before one that is ambiguous.
    Raises InvalidParameter where equity would be marked inside candles.
    """
    if (parameters["mark_every"] % candles.duration_us).any():
        span_s = candles.duration_us // 1_000_000
        raise InvalidParameter("marks", f"must be at closes of the candles of {span_s} s")
    buffers = _Buffers(parameters, state, len(targets), candles.open_time)
    columns = (candles.open_time, candles.open, candles.high, candles.low, candles.close)
    kernel.fold_candle_columns(
        parameters, buffers.state, columns, candles.duration_us, drill_from,
        targets, commands, buffers.orders, buffers.marks, buffers.work,
    )  # fmt: skip
    return buffers.folded()


def mark_end(parameters: RowArray, state: RowArray, time_us: int) -> FoldResult:
    """Mark the last candles, which no later print has closed: the end of a backtest."""
    buffers = _Buffers(parameters, state, 0, np.zeros(1, np.int64))
    kernel.mark_until(parameters, buffers.state, time_us, buffers.marks, buffers.work)
    return buffers.folded()


class _Buffers:
    """Tables with space for all rows that one fold may write; unused memory is not touched."""

    def __init__(
        self, parameters: RowArray, state: RowArray, targets: int, times: np.ndarray
    ) -> None:
        self.state = state.copy()
        self.work = np.zeros(1, WORK)
        self.work["stopped"] = -1
        # A print closes, refuses or opens; every closed position was opened here or before.
        orders = min(2 * targets + 1, 3 * len(times))
        self.orders = np.zeros(len(state) * orders + 1, ORDERS)
        span = int(times[-1] - times[0]) if len(times) else 0
        closes = span // int(min(parameters["mark_every"], default=1)) + 2
        self.marks = np.zeros(len(state) * min(len(times), closes) + 1, MARKS)

    def folded(self) -> FoldResult:
        orders, marks, stopped = (int(self.work[name][0]) for name in ("row", "mark", "stopped"))
        at = stopped if stopped >= 0 else None
        return FoldResult(self.state, self.orders[:orders], self.marks[:marks], at)
