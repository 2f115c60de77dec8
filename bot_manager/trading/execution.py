"""Execution of orders: sizes, fills, refusals and their effect on the account."""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import (
    NEVER,
    AccountStatus,
    Halt,
    OrderReason,
    OrderRefusal,
    SizingRule,
)
from bot_manager.trading.fixed_point import PPM, floor_to, muldiv_ceil, muldiv_toward_zero
from bot_manager.trading.price_levels import (
    daily_limit,
    drawdown_limit,
    equity_at,
    market_price,
    price_limit,
    refresh,
    stop_level,
    take_profit_level,
)
from bot_manager.trading.tables import OrderRow, Work
from bot_manager.trading.units import MONEY_LIMIT
from utils.compiled import compiled_part


@compiled_part
def enter(p: Parameters, s: AccountState, w: Work, order: OrderRow) -> None:
    """Open a position in the direction of the target, or record and count the refusal."""
    side = s.target
    price = market_price(p, w.price, side)
    stop = stop_level(p, price, p.stop_loss, side) if p.stop_loss else 0
    distance = _risk_distance(p, price, stop, side)
    refusal, size = _refusal_by_state(s, w.time), 0
    if not refusal and price <= 0:
        refusal = OrderRefusal.NO_PRICE.value
    if not refusal:
        size = _entry_size(p, s, price, distance)
        refusal = _refusal_by_size(p, price, size)
    _place(s, w, order, side, OrderReason.SIGNAL.value)
    order.size, order.price, order.refusal = size, price, refusal
    if refusal:
        s.refused += 1
    else:
        fee = _take_position(p, s, w, side * size, price, stop)
        order.fee, order.risk = fee, distance * size * p.contract
    _balance(s, w, order)


@compiled_part
def leave_at_market(
    p: Parameters, s: AccountState, w: Work, order: OrderRow, price: int, reason: int
) -> None:
    """Close the position with a market order while the market is at `price`."""
    paid = market_price(p, price, -1 if s.size > 0 else 1)
    _leave(p, s, w, order, price, paid, reason)


@compiled_part
def leave_at_limit(p: Parameters, s: AccountState, w: Work, order: OrderRow, price: int) -> None:
    """Close the position with the take-profit order that rests at `price`."""
    _leave(p, s, w, order, price, price, OrderReason.TAKE_PROFIT.value)


@compiled_part
def fail(s: AccountState) -> None:
    """Fail the account at its cursor: its money no longer fits."""
    s.status = AccountStatus.FAILED.value
    s.lower, s.upper = NEVER, 0  # no print may be skipped: each must be refused


@compiled_part
def fits(money: int) -> bool:
    """Return whether an amount is within what the account can count."""
    return -MONEY_LIMIT < money < MONEY_LIMIT


@compiled_part
def _refusal_by_state(s: AccountState, time: int) -> int:
    if s.status == AccountStatus.KILLED:
        return OrderRefusal.KILLED.value
    if s.status == AccountStatus.LIQUIDATED:
        return OrderRefusal.LIQUIDATED.value
    if s.paused:
        return OrderRefusal.PAUSED.value
    if s.halted == Halt.MAX_DRAWDOWN:
        return OrderRefusal.MAX_DRAWDOWN.value
    if s.halted == Halt.DAILY_LOSS:
        return OrderRefusal.DAILY_LOSS.value
    return OrderRefusal.COOL_DOWN.value if time < s.cool_until else OrderRefusal.NONE.value


@compiled_part
def _entry_size(p: Parameters, s: AccountState, price: int, distance: int) -> int:
    """Return the size of an entry at `price`, whose stop is `distance` away (0: it has none).

    Rounded toward zero to whole lots; with the fee, at most cash times leverage.
    """
    if s.cash <= 0:
        return 0
    size = _value_of_entry(p, s) // p.contract // price
    if p.sizing == SizingRule.RISK_PER_TRADE:
        risk = muldiv_toward_zero(s.cash, p.amount, PPM)
        size = min(size, risk // p.contract // distance)
    return floor_to(size, p.lot)


@compiled_part
def _value_of_entry(p: Parameters, s: AccountState) -> int:
    """Return the greatest value that the rule and the leverage allow, the fee on it included."""
    if p.sizing == SizingRule.EQUITY_FRACTION:
        return _without_fee(p, muldiv_toward_zero(s.cash, min(p.amount, p.leverage), PPM))
    most = _without_fee(p, muldiv_toward_zero(s.cash, p.leverage, PPM))
    return min(most, p.amount) if p.sizing == SizingRule.QUOTE_AMOUNT else most


@compiled_part
def _without_fee(p: Parameters, budget: int) -> int:
    """Return the greatest value that, with the taker's fee on it, stays within `budget`."""
    return muldiv_toward_zero(budget, PPM, PPM + p.taker_fee)


@compiled_part
def _refusal_by_size(p: Parameters, price: int, size: int) -> int:
    if size < p.min_size or size <= 0:
        return OrderRefusal.BELOW_MIN_SIZE.value
    if price * size * p.contract < p.min_notional:
        return OrderRefusal.BELOW_MIN_NOTIONAL.value
    return OrderRefusal.NONE.value


@compiled_part
def _risk_distance(p: Parameters, price: int, stop: int, side: int) -> int:
    """Return the distance of the nearest stop from the entry; 0 without one."""
    distance = abs(price - stop) if p.stop_loss else 0
    if p.trailing_stop:
        trailing = abs(price - stop_level(p, price, p.trailing_stop, side))
        distance = min(distance, trailing) if distance else trailing
    return distance


@compiled_part
def _take_position(
    p: Parameters, s: AccountState, w: Work, size: int, price: int, stop: int
) -> int:
    sign = 1 if size > 0 else -1
    s.size, s.exposure = size, size * p.contract
    s.cost = price * s.exposure
    fee = _fee(abs(s.cost), p.taker_fee)
    s.cash -= s.cost + fee
    s.fees += fee
    s.entry_price, s.entry_time, s.entry_fee = price, w.time, fee
    s.high, s.low = max(price, w.price), min(price, w.price)
    s.stop, s.goal = stop, _take_profit_price(p, price, sign)
    s.price_limit = price_limit(s)
    refresh(p, s)
    return fee


@compiled_part
def _fee(value: int, rate: int) -> int:
    """Return the fee, rounded up; negative where the exchange pays for liquidity."""
    return muldiv_ceil(value, rate, PPM) if rate >= 0 else muldiv_ceil(-value, -rate, PPM)


@compiled_part
def _take_profit_price(p: Parameters, price: int, sign: int) -> int:
    if p.take_profit:
        return take_profit_level(p, price, p.take_profit, sign)
    return MONEY_LIMIT if sign > 0 else 0


@compiled_part
def _leave(
    p: Parameters,
    s: AccountState,
    w: Work,
    order: OrderRow,
    market: int,
    price: int,
    reason: int,
) -> None:
    if max(price, market) > s.price_limit:
        fail(s)
        return
    sign = 1 if s.size > 0 else -1
    maker = reason == OrderReason.TAKE_PROFIT
    _place(s, w, order, -sign, reason)
    fee = _fee(price * abs(s.exposure), p.maker_fee if maker else p.taker_fee)
    realised = price * s.exposure - s.cost
    order.size, order.price, order.fee = abs(s.size), price, fee
    order.maker, order.market = maker, market
    order.high, order.low = max(s.high, market), min(s.low, market)
    order.realised = realised
    s.cash += price * s.exposure - fee
    s.realised += realised
    s.fees += fee
    if p.cool_down and realised - fee - s.entry_fee < 0:
        s.cool_until = w.time + p.cool_down
    _flatten(p, s)
    _check_limits(p, s)
    _balance(s, w, order)


@compiled_part
def _flatten(p: Parameters, s: AccountState) -> None:
    s.size, s.exposure, s.cost = 0, 0, 0
    s.entry_price, s.entry_time, s.entry_fee = 0, 0, 0
    s.high, s.low, s.stop, s.goal, s.price_limit = 0, 0, 0, 0, 0
    s.peak = max(s.peak, s.cash)
    refresh(p, s)


@compiled_part
def _check_limits(p: Parameters, s: AccountState) -> None:
    """Halt or liquidate a flat account that has reached a loss limit."""
    if s.cash <= 0:
        if s.status == AccountStatus.RUNNING:
            s.status = AccountStatus.LIQUIDATED.value
    elif s.cash <= drawdown_limit(p, s.peak):
        s.halted = Halt.MAX_DRAWDOWN.value
    elif s.cash <= daily_limit(p, s) and s.halted == Halt.NONE:
        s.halted = Halt.DAILY_LOSS.value


@compiled_part
def _place(s: AccountState, w: Work, order: OrderRow, side: int, reason: int) -> None:
    """Start the next order row; the caller fills in the rest."""
    w.row += 1
    order.account, order.sequence = w.account, s.orders
    s.orders += 1
    order.time, order.trade_id = w.time, w.trade_id
    order.side, order.reason, order.refusal = side, reason, 0
    order.market, order.print_size = w.price, w.size
    order.fee, order.maker, order.realised, order.risk = 0, 0, 0, 0
    order.high, order.low = 0, 0


@compiled_part
def _balance(s: AccountState, w: Work, order: OrderRow) -> None:
    """Complete an order row with the account's balances; fail the account on overflow."""
    equity = equity_at(s, w.price) if s.size else s.cash
    order.position, order.cash, order.equity = s.size, s.cash, equity
    if not (fits(s.cash) and fits(s.realised) and fits(s.fees) and fits(equity)):
        fail(s)
