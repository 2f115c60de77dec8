"""Effect of prints on an account, and of candles as sequences of prints.

From print to print, and from a candle's close to the next open, the price jumps. Inside a candle it
passes through every level: open, the extreme adverse to the position, the favourable one, with a
level that follows the price the adverse one again, close.
"""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import FLAT, AccountStatus, OrderReason
from bot_manager.trading.execution import enter, fail, leave_at_limit, leave_at_market
from bot_manager.trading.fixed_point import ceil_to, floor_to
from bot_manager.trading.price_levels import guard_at, refresh
from bot_manager.trading.rows import Rows
from bot_manager.trading.tables import OrderRow, Work
from utils.compiled import compiled_part


@compiled_part
def on_print(
    p: Parameters, s: AccountState, w: Work, orders: Rows[OrderRow], is_open: bool
) -> None:
    """Apply the current print: first orders decided before it, then resting levels.

    A position opened by this print is matched against its levels from the next one on.
    """
    if s.size and w.price > s.price_limit:
        fail(s)
    if w.request or w.changed:
        _close_if_due(p, s, w, orders[w.row])
        entered = _open_if_due(p, s, w, orders[w.row])
        w.request, w.changed = 0, 0
        if entered:
            return
    if s.size and s.status != AccountStatus.FAILED:
        _match(p, s, w, orders[w.row], is_open)


@compiled_part
def _close_if_due(p: Parameters, s: AccountState, w: Work, order: OrderRow) -> None:
    if s.size == 0 or s.status == AccountStatus.FAILED:
        return
    if w.request:
        leave_at_market(p, s, w, order, w.price, w.request)
    elif s.target != (1 if s.size > 0 else -1):
        leave_at_market(p, s, w, order, w.price, OrderReason.SIGNAL.value)


@compiled_part
def _open_if_due(p: Parameters, s: AccountState, w: Work, order: OrderRow) -> bool:
    """Return whether a position was opened."""
    if not w.changed or s.size or s.target == FLAT or s.status == AccountStatus.FAILED:
        return False
    enter(p, s, w, order)
    return s.size != 0


@compiled_part
def _match(p: Parameters, s: AccountState, w: Work, order: OrderRow, is_open: bool) -> None:
    if _reaches_guard(s, w.price):
        leave_at_market(p, s, w, order, w.price, s.guard_reason)
    elif _reaches_take_profit(s, w.price):
        leave_at_limit(p, s, w, order, _open_or_better(p, s, w.price) if is_open else s.goal)
    else:
        _touch(p, s, w.price)


@compiled_part
def on_bar(p: Parameters, s: AccountState, w: Work, order: OrderRow, high: int, low: int) -> None:
    """Match an open position against the rest of the candle that the current print opened."""
    adverse, favourable = (low, high) if s.size > 0 else (high, low)
    if _reaches_guard(s, adverse):
        s.ambiguous += _reaches_take_profit(s, favourable) or _would_raise(p, s, favourable)
        leave_at_market(p, s, w, order, _first_reached(s, w.price), s.guard_reason)
        return
    _touch(p, s, adverse)
    if _reaches_take_profit(s, favourable) and s.goal <= s.price_limit:
        s.ambiguous += _would_reach(p, s, adverse, s.goal)
        leave_at_limit(p, s, w, order, s.goal)
        return
    if max(high, low) > s.price_limit:
        fail(s)
        return
    _touch(p, s, favourable)
    if _reaches_guard(s, adverse):
        s.ambiguous += 1
        leave_at_market(p, s, w, order, _first_reached(s, favourable), s.guard_reason)


@compiled_part
def _reaches_guard(s: AccountState, price: int) -> bool:
    return price <= s.guard if s.size > 0 else price >= s.guard


@compiled_part
def _reaches_take_profit(s: AccountState, price: int) -> bool:
    return price >= s.goal if s.size > 0 else price <= s.goal


@compiled_part
def _first_reached(s: AccountState, start: int) -> int:
    """Return the guard, or the start of the price move if that is already beyond it."""
    return min(s.guard, start) if s.size > 0 else max(s.guard, start)


@compiled_part
def _would_raise(p: Parameters, s: AccountState, favourable: int) -> bool:
    """Return whether the guard would be nearer if the favourable extreme came first."""
    if not p.follows:
        return False
    return guard_at(p, s, _best(s, min(favourable, s.price_limit)))[0] != s.guard


@compiled_part
def _would_reach(p: Parameters, s: AccountState, adverse: int, best: int) -> bool:
    """Return whether the adverse extreme reaches the guard once the price has been at `best`."""
    if not p.follows:
        return False
    guard = guard_at(p, s, _best(s, best))[0]
    return adverse <= guard if s.size > 0 else adverse >= guard


@compiled_part
def _best(s: AccountState, price: int) -> int:
    return max(s.high, price) if s.size > 0 else min(s.low, price)


@compiled_part
def _open_or_better(p: Parameters, s: AccountState, price: int) -> int:
    """Return the open, rounded against us: beyond the take-profit, never better than the open."""
    return floor_to(price, p.tick) if s.size > 0 else ceil_to(price, p.tick)


@compiled_part
def _touch(p: Parameters, s: AccountState, price: int) -> None:
    """Update the market's extremes and the levels that follow them."""
    best = _best(s, price)
    is_new = best != (s.high if s.size > 0 else s.low)
    s.high, s.low = max(s.high, price), min(s.low, price)
    if is_new and p.follows:
        refresh(p, s)
