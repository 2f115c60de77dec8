"""The one fold: prints, targets and commands in; orders, marks and state out.

Every change of money in this platform, live or tested, goes through these functions. They change
`states` in place, are pure otherwise, and resume: prints at or before an account's cursor, and
targets and commands that it has processed, are skipped. So folding in chunks, even overlapping
ones, equals folding at once.
"""

import numpy as np

from bot_manager.trading.account import STATE, AccountState, Parameters
from bot_manager.trading.codes import NEVER, AccountStatus, Halt
from bot_manager.trading.command_queue import (
    next_command_time,
    next_target_time,
    process_due,
    skip_processed,
)
from bot_manager.trading.execution import fail, fits
from bot_manager.trading.price_levels import equity_at, refresh
from bot_manager.trading.prints import on_bar, on_print
from bot_manager.trading.rows import Rows
from bot_manager.trading.tables import CommandRow, MarkRow, OrderRow, TargetRow, Work
from bot_manager.trading.units import DAY_US, Int64s
from utils.compiled import compiled, compiled_part


@compiled
def fold_trade_columns(
    parameters: Rows[Parameters],
    states: Rows[AccountState],
    tape: tuple[Int64s, Int64s, Int64s, Int64s],
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
    orders: Rows[OrderRow],
    marks: Rows[MarkRow],
    work: Rows[Work],
) -> None:
    """Fold a chunk of tape (time, trade id, price, size) into every account."""
    w = work[0]
    for account in range(len(states)):
        p, s = parameters[account], states[account]
        _begin(s, w, account, p.latency, targets, commands)
        _fold_trades_into(p, s, w, tape, targets, commands, orders, marks)
        _end(s)


@compiled
def fold_candle_columns(
    parameters: Rows[Parameters],
    states: Rows[AccountState],
    candles: tuple[Int64s, Int64s, Int64s, Int64s, Int64s],
    duration: int,
    drill_from: int,
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
    orders: Rows[OrderRow],
    marks: Rows[MarkRow],
    work: Rows[Work],
) -> None:
    """Fold candles (open time, open, high, low, close) into every account.

    From candle `drill_from` on, an account's fold stops before the first ambiguous one and leaves
    its number in `work`, so that finer prints can be folded in its place.
    """
    w = work[0]
    for account in range(len(states)):
        p, s = parameters[account], states[account]
        _begin(s, w, account, max(0, p.latency - duration), targets, commands)
        _fold_candles_into(
            p, states, w, candles, duration, drill_from, targets, commands, orders, marks
        )
        _end(s)


@compiled
def mark_until(
    parameters: Rows[Parameters],
    states: Rows[AccountState],
    time: int,
    marks: Rows[MarkRow],
    work: Rows[Work],
) -> None:
    """Mark candles closed at or before `time` without a later print: the end of a run."""
    w = work[0]
    for account in range(len(states)):
        s = states[account]
        if s.status != AccountStatus.FAILED and 0 < s.mark_due <= time:
            w.account = account
            _mark(parameters[account], s, w, time, marks[w.mark])


@compiled_part
def _begin(
    s: AccountState,
    w: Work,
    account: int,
    latency: int,
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
) -> None:
    w.account, w.latency, w.due, w.stopped = account, latency, 0, -1
    w.changed, w.request, w.size = 0, 0, 0
    skip_processed(s, w, targets, commands)


@compiled_part
def _end(s: AccountState) -> None:
    if s.size == 0:
        s.high, s.low = 0, 0  # a flat account has no extremes


@compiled_part
def _fold_trades_into(
    p: Parameters,
    s: AccountState,
    w: Work,
    tape: tuple[Int64s, Int64s, Int64s, Int64s],
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
    orders: Rows[OrderRow],
    marks: Rows[MarkRow],
) -> None:
    time, trade_id, price, size = tape
    i, last = _first_after(s, time, trade_id), len(time) - 1
    while i <= last and s.status != AccountStatus.FAILED:
        if time[i] >= s.mark_due:
            _mark(p, s, w, time[i], marks[w.mark])
        start, due, lower, upper = i, min(w.due, s.mark_due), s.lower, s.upper
        high, low = s.high, s.low
        while s.size == 0 and i < last and time[i] < due:
            i += 1
        while s.size and i < last and time[i] < due and lower < price[i] < upper:
            high, low = max(high, price[i]), min(low, price[i])
            i += 1
        if i > start:  # nothing could happen
            s.high, s.low, s.price = high, low, price[i - 1]
            continue
        s.time, s.trade_id = time[i], trade_id[i]
        w.time, w.trade_id, w.price, w.size = time[i], trade_id[i], price[i], size[i]
        _catch_up(p, s, w, targets, commands)
        on_print(p, s, w, orders, False)
        s.price = price[i]
        i += 1


@compiled_part
def _first_after(s: AccountState, time: Int64s, trade_id: Int64s) -> int:
    """Return the index of the first print after the account's cursor."""
    first = int(np.searchsorted(time, s.time))
    while first < len(time) and time[first] == s.time and trade_id[first] <= s.trade_id:
        first += 1
    return first


@compiled_part
def _fold_candles_into(
    p: Parameters,
    states: Rows[AccountState],
    w: Work,
    candles: tuple[Int64s, Int64s, Int64s, Int64s, Int64s],
    duration: int,
    drill_from: int,
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
    orders: Rows[OrderRow],
    marks: Rows[MarkRow],
) -> None:
    open_time, _, high, low, close = candles
    s, before = states[w.account], np.zeros(1, STATE)
    i, last = int(np.searchsorted(open_time, s.time)), len(open_time) - 1
    while i <= last and s.status != AccountStatus.FAILED:
        if open_time[i] >= s.mark_due:
            _mark(p, s, w, open_time[i], marks[w.mark])
        start, due, lower, upper = i, min(w.due, s.mark_due), s.lower, s.upper
        top, bottom = s.high, s.low
        while s.size == 0 and i < last and open_time[i] < due:
            i += 1
        while s.size and i < last and open_time[i] < due and lower < low[i] and high[i] < upper:
            top, bottom = max(top, high[i]), min(bottom, low[i])
            i += 1
        if i > start:  # nothing could happen
            s.high, s.low, s.price = top, bottom, close[i - 1]
            continue
        row = w.row
        if i >= drill_from:
            before[0] = states[w.account]
        _match_candle(p, s, w, candles, i, duration, targets, commands, orders)
        if i >= drill_from and s.ambiguous > before[0].ambiguous:
            states[w.account] = before[0]
            s.time = open_time[i] - 1
            w.row, w.stopped = row, i
            return
        s.price = close[i]
        i += 1


@compiled_part
def _match_candle(
    p: Parameters,
    s: AccountState,
    w: Work,
    candles: tuple[Int64s, Int64s, Int64s, Int64s, Int64s],
    i: int,
    duration: int,
    targets: Rows[TargetRow],
    commands: Rows[CommandRow],
    orders: Rows[OrderRow],
) -> None:
    open_time, open_, high, low, _ = candles
    w.time, w.trade_id, w.price = open_time[i], NEVER, open_[i]
    _catch_up(p, s, w, targets, commands)
    on_print(p, s, w, orders, True)
    s.time, s.trade_id = open_time[i] + duration - 1, NEVER
    if s.size and s.status != AccountStatus.FAILED:
        w.time = s.time
        on_bar(p, s, w, orders[w.row], high[i], low[i])


@compiled_part
def _catch_up(
    p: Parameters, s: AccountState, w: Work, targets: Rows[TargetRow], commands: Rows[CommandRow]
) -> None:
    """Process what is due before the current print: the UTC day, commands and targets."""
    if w.time < w.due or s.status == AccountStatus.FAILED:
        return
    if w.time >= s.day_due:
        _turn_day(p, s, w.time)
    process_due(p, s, w, targets, commands)
    w.due = min(s.day_due, next_target_time(w, targets), next_command_time(w, commands))


@compiled_part
def _mark(p: Parameters, s: AccountState, w: Work, time: int, row: MarkRow) -> None:
    """Mark the candle that a print at `time` closes in `row`, the next free one."""
    if s.mark_due:
        value = s.exposure * s.price
        row.account, row.time = w.account, s.mark_due
        row.equity, row.value = s.cash + value, value
        w.mark += 1
        if not fits(s.cash + value):
            fail(s)
    s.mark_due = _next_close(s.mark_due, time, p.mark_every, p.mark_origin)


@compiled_part
def _turn_day(p: Parameters, s: AccountState, time: int) -> None:
    """Start the UTC day that contains a print at `time`."""
    if s.day_due:
        _begin_day(p, s)
    s.day_due = _next_close(s.day_due, time, DAY_US, 0)


@compiled_part
def _next_close(due: int, time: int, every: int, origin: int) -> int:
    if due and time < due + every:
        return due + every
    return time - (time - origin) % every + every


@compiled_part
def _begin_day(p: Parameters, s: AccountState) -> None:
    s.day_equity = equity_at(s, s.price)
    if s.halted == Halt.DAILY_LOSS:
        s.halted = Halt.NONE.value
    if p.daily_loss:
        refresh(p, s)
