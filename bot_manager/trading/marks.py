"""Equity marks at the closes of candles, and the start of the UTC day."""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import Halt
from bot_manager.trading.execution import fail, fits
from bot_manager.trading.price_levels import equity_at, refresh
from bot_manager.trading.tables import MarkRow, Work
from bot_manager.trading.units import DAY_US
from utils.compiled import compiled_part


@compiled_part
def mark(p: Parameters, s: AccountState, w: Work, time: int, row: MarkRow) -> None:
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
def turn_day(p: Parameters, s: AccountState, time: int) -> None:
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
