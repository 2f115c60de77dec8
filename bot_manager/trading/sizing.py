"""Sizes of entries."""

from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import SizingRule
from bot_manager.trading.fixed_point import PPM, floor_to, muldiv_toward_zero
from utils.compiled import compiled_part


@compiled_part
def entry_size(p: Parameters, s: AccountState, price: int, distance: int) -> int:
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
