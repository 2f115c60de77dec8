"""The layout of an account: its parameters and its state.

Both are rows of plain int64 columns, in the units of the account's scales. Only the kernel changes
an AccountState; cash = capital + realised - cost - fees holds after every print.
"""

# Compiled into the kernel: an edit here recompiles it.

import numpy as np

from bot_manager.trading.codes import FLAT, NEVER, SHORT
from bot_manager.trading.rows import (
    Count,
    Exposure,
    Money,
    Ppm,
    Price,
    RowArray,
    Size,
    Time,
    row_type,
)


class Parameters:
    """Parameters of the account. A rate of 0 switches its rule off.

    `amount` is money for QUOTE_AMOUNT, else ppm. `follows`: some level moves with the price.
    """

    capital: Money
    contract: Count
    tick: Price
    lot: Size
    min_size: Size
    min_notional: Money
    shorts: Count
    leverage: Ppm
    sizing: Count
    amount: Count
    maker_fee: Ppm
    taker_fee: Ppm
    slippage: Ppm
    stop_loss: Ppm
    take_profit: Ppm
    trailing_stop: Ppm
    max_drawdown: Ppm
    daily_loss: Ppm
    follows: Count
    cool_down: Time
    latency: Time
    mark_every: Time
    mark_origin: Time


class AccountState:
    """State of the account after the print at (`time`, `trade_id`)."""

    # the cursor; names that stored digests hold: `heard`, `commanded`, `goal`, `guard` (ADR 0188)
    time: Time
    trade_id: Count
    price: Price
    heard: Time  # of the last target processed
    commanded: Count  # sequence of the last command processed
    mark_due: Time
    day_due: Time
    # money
    cash: Money
    cost: Money
    realised: Money
    fees: Money
    peak: Money
    day_equity: Money
    # the position: size and exposure are negative for a short one; high and low since the entry
    size: Size
    exposure: Exposure
    entry_price: Price
    entry_time: Time
    entry_fee: Money
    high: Price
    low: Price
    # resting levels; lower and upper are the nearest prices that cause an event
    stop: Price
    goal: Price  # the take-profit
    guard: Price  # the nearest of all levels on the losing side
    guard_reason: Count
    lower: Price
    upper: Price
    price_limit: Count
    # the target and what restricts it
    target: Count
    paused: Count
    halted: Count
    status: Count
    cool_until: Time
    # counts
    orders: Count
    refused: Count
    ambiguous: Count


PARAMETERS = row_type(Parameters)
STATE = row_type(AccountState)


def opening_state(parameters: RowArray, time_us: int, trade_id: int = -1) -> RowArray:
    """Return flat accounts that start after a cursor of the tape, their target FLAT.

    Without a trade id they start with the first print at or after `time_us`. Targets decided at or
    after `time_us` are processed.
    """
    state = np.zeros(len(parameters), STATE)
    state["time"], state["trade_id"] = time_us, trade_id
    state["heard"], state["commanded"] = time_us - 1, -1
    for name in ("cash", "peak", "day_equity"):
        state[name] = parameters["capital"]
    state["upper"] = NEVER
    return state


def take_target_in_force(
    parameters: RowArray, state: RowArray, direction: int, decided_us: int, *, enter_on_start: bool
) -> None:
    """Set the target that was decided before flat accounts start.

    It counts as already acted on, so the accounts wait for a different one. With `enter_on_start`
    it is a change instead, to be acted on at the first print: the accounts read it as a target row
    at `decided_us`.
    """
    if enter_on_start:
        state["heard"] = decided_us - 1
    else:
        taken_as_flat = (direction == SHORT) & (parameters["shorts"] == 0)
        state["target"] = np.where(taken_as_flat, FLAT, int(direction))
