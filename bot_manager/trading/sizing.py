"""How much to buy or sell short."""

from bot_manager.trading.account import Parameters, State
from bot_manager.trading.codes import SizingRule
from bot_manager.trading.fixed_point import PPM, floor_to, muldiv_toward_zero
from utils.compiled import compiled_part


@compiled_part
def entry_size(p: Parameters, s: State, price: int, distance: int) -> int:
    """Return the size of an entry at `price`, whose stop is `distance` away (0: it has none).

    Toward zero, in whole lots, never more than cash times leverage pays for with the fee.
    """
    if s.cash <= 0:
        return 0
    most = _value_with_fee(p, muldiv_toward_zero(s.cash, p.leverage, PPM)) // p.contract // price
    return floor_to(min(most, _wanted_size(p, s, price, distance)), p.lot)


@compiled_part
def _wanted_size(p: Parameters, s: State, price: int, distance: int) -> int:
    if p.sizing == SizingRule.QUOTE_AMOUNT:
        return p.amount // p.contract // price
    budget = muldiv_toward_zero(s.cash, p.amount, PPM)
    if p.sizing == SizingRule.EQUITY_FRACTION:
        return _value_with_fee(p, budget) // p.contract // price
    return budget // p.contract // distance


@compiled_part
def _value_with_fee(p: Parameters, budget: int) -> int:
    """Return the greatest value that, with the taker's fee on it, stays within `budget`."""
    return muldiv_toward_zero(budget, PPM, PPM + p.taker_fee)
