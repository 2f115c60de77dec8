"""Price levels: rounding against us, exits, limits of equity."""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import NEVER, OrderReason
from bot_manager.trading.fixed_point import PPM, ceil_to, floor_to, muldiv_ceil, muldiv_floor
from bot_manager.trading.units import MONEY_LIMIT
from utils.compiled import compiled_part


@compiled_part
def market_price(p: Parameters, price: int, side: int) -> int:
    """Return the fill price of a market order at `price`; side 1 buys, -1 sells."""
    if side > 0:
        paid = muldiv_ceil(price, PPM + p.slippage, PPM) if p.slippage else price
        return ceil_to(paid, p.tick)
    got = muldiv_floor(price, PPM - p.slippage, PPM) if p.slippage else price
    return floor_to(got, p.tick)


@compiled_part
def stop_level(p: Parameters, price: int, distance: int, sign: int) -> int:
    """Return the level `distance` ppm on the losing side of `price`, at least one tick away."""
    if sign > 0:
        return floor_to(min(muldiv_floor(price, PPM - distance, PPM), price - p.tick), p.tick)
    return ceil_to(max(muldiv_ceil(price, PPM + distance, PPM), price + p.tick), p.tick)


@compiled_part
def take_profit_level(p: Parameters, price: int, distance: int, sign: int) -> int:
    """Return the level `distance` ppm on the winning side of `price`, at least one tick away.

    Rounded against us too: the order rests, and fills, at the nearer tick.
    """
    if sign > 0:
        return max(floor_to(muldiv_floor(price, PPM + distance, PPM), p.tick), price + p.tick)
    rest = max(PPM - distance, 0)
    return min(ceil_to(muldiv_ceil(price, rest, PPM), p.tick), price - p.tick)


@compiled_part
def equity_at(s: AccountState, price: int) -> int:
    """Return cash plus the position's value at `price`, which must be within its limit."""
    return s.cash + s.exposure * price


@compiled_part
def price_limit(s: AccountState) -> int:
    """Return the highest price at which position value and equity do not overflow."""
    if s.size > 0:
        return (MONEY_LIMIT - 1 - max(s.cash, 0)) // s.exposure
    return (MONEY_LIMIT - 1) // -s.exposure


@compiled_part
def drawdown_limit(p: Parameters, peak: int) -> int:
    """Return the equity at or below which the maximum drawdown is reached."""
    return muldiv_floor(peak, PPM - p.max_drawdown, PPM) if p.max_drawdown else -NEVER


@compiled_part
def daily_limit(p: Parameters, s: AccountState) -> int:
    """Return the equity at or below which the daily loss limit is reached."""
    return muldiv_floor(s.day_equity, PPM - p.daily_loss, PPM) if p.daily_loss else -NEVER


@compiled_part
def _equity_floor(p: Parameters, s: AccountState, peak: int) -> tuple[int, int]:
    """Return the equity at or below which the position is closed, and the reason."""
    floor, reason = 0, OrderReason.LIQUIDATION.value
    limit = drawdown_limit(p, peak)
    if limit > floor:
        floor, reason = limit, OrderReason.MAX_DRAWDOWN.value
    limit = daily_limit(p, s)
    if limit > floor:
        floor, reason = limit, OrderReason.DAILY_LOSS.value
    return floor, reason


@compiled_part
def _price_of_equity(s: AccountState, equity: int) -> int:
    """Return the price nearest to profit at which equity is still at or below `equity`."""
    if s.size > 0:
        return (equity - s.cash) // s.exposure
    return -((equity - s.cash) // -s.exposure)


@compiled_part
def guard_at(p: Parameters, s: AccountState, best: int) -> tuple[int, int]:
    """Return the nearest level on the losing side after a price of `best`, and its reason.

    On a tie the stop takes precedence over the trailing stop, and that over equity limits.
    """
    sign = 1 if s.size > 0 else -1
    guard, reason = (s.stop, OrderReason.STOP_LOSS.value) if s.stop else (-sign * NEVER, 0)
    if p.trailing_stop:
        level = stop_level(p, best, p.trailing_stop, sign)
        if (level - guard) * sign > 0:
            guard, reason = level, OrderReason.TRAILING_STOP.value
    floor, cause = _equity_floor(p, s, max(s.peak, equity_at(s, best)))
    level = _price_of_equity(s, floor)
    if (level - guard) * sign > 0:
        guard, reason = level, cause
    return guard, reason


@compiled_part
def refresh(p: Parameters, s: AccountState) -> None:
    """Recompute the levels that depend on the best price, the peak, the day or the cash."""
    if s.size == 0:
        s.guard, s.guard_reason, s.lower, s.upper = 0, 0, 0, NEVER
        return
    best = s.high if s.size > 0 else s.low
    s.peak = max(s.peak, equity_at(s, best))
    s.guard, s.guard_reason = guard_at(p, s, best)
    if s.size > 0:
        s.lower, s.upper = s.guard, min(s.goal, s.price_limit + 1)
        if p.follows:
            s.upper = min(s.upper, best + 1)
    else:
        s.lower, s.upper = s.goal, min(s.guard, s.price_limit + 1)
        if p.follows:
            s.lower = max(s.lower, best - 1)
