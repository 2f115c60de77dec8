"""Rescaling of an account to finer units, for a print that does not fit."""

from bot_manager.errors import DoesNotFit
from bot_manager.trading.account import AccountState, Parameters
from bot_manager.trading.codes import NEVER
from bot_manager.trading.price_levels import price_limit, refresh
from bot_manager.trading.rows import RowArray, Rows, units_of
from bot_manager.trading.units import MONEY_LIMIT, Scales
from utils.compiled import compiled


def rescale(state: RowArray, parameters: RowArray, before: Scales, after: Scales) -> RowArray:
    """Convert states to finer units; `parameters` are already encoded in those.

    Raises DoesNotFit where an amount would overflow or `after` is coarser.
    """
    exponents = _exponents(before, after)
    result = state.copy()
    for name, unit in units_of(AccountState).items():
        if exponents.get(unit):
            result[name] = _scaled(name, [int(value) for value in state[name]], exponents[unit])
    _find_levels(parameters, result)
    return result


def _exponents(before: Scales, after: Scales) -> dict[str, int]:
    price = after.price_decimals - before.price_decimals
    money = after.money_decimals - before.money_decimals
    size = after.size_decimals - before.size_decimals
    if min(price, size, money - price - size) < 0:
        raise DoesNotFit("scales", after, problem=f"must not be coarser than {before}")
    return {"price": price, "size": size, "money": money, "exposure": money - price}


def _scaled(name: str, values: list[int], exponent: int) -> list[int]:
    scaled = [value if abs(value) == NEVER else value * 10**exponent for value in values]
    for value in scaled:
        if abs(value) >= MONEY_LIMIT and abs(value) != NEVER:
            raise DoesNotFit(name, value, problem=f"overflows with {exponent} more decimals")
    return scaled


@compiled
def _find_levels(parameters: Rows[Parameters], states: Rows[AccountState]) -> None:
    for account in range(len(states)):
        s = states[account]
        if s.size:
            s.price_limit = price_limit(s)
        refresh(parameters[account], s)
