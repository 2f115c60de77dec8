"""Integer codes of the kernel."""

# Compiled into the kernel: an edit here recompiles it.

from enum import IntEnum

LONG, FLAT, SHORT = 1, 0, -1
"""Targets, and the sign of a position. Any other target holds the one before."""

NEVER = 2**62
"""A price or time that is not reached."""


class AccountStatus(IntEnum):
    """Status of an account. FAILED does not advance; KILLED, LIQUIDATED stay flat, but marked."""

    RUNNING = 0
    KILLED = 1
    LIQUIDATED = 2
    FAILED = 3


class Halt(IntEnum):
    """Why no position may be opened for now."""

    NONE = 0
    MAX_DRAWDOWN = 1
    DAILY_LOSS = 2


class AccountCommand(IntEnum):
    """Commands of a user to an account."""

    PAUSE = 1
    RESUME = 2
    FLATTEN = 3
    KILL = 4


class OrderReason(IntEnum):
    """Why an order was made."""

    NONE = 0
    SIGNAL = 1
    STOP_LOSS = 2
    TAKE_PROFIT = 3
    TRAILING_STOP = 4
    MAX_DRAWDOWN = 5
    DAILY_LOSS = 6
    LIQUIDATION = 7
    FLATTEN = 8
    KILL = 9


class OrderRefusal(IntEnum):
    """Why an order was refused."""

    NONE = 0
    KILLED = 1
    LIQUIDATED = 2
    PAUSED = 3
    MAX_DRAWDOWN = 4
    DAILY_LOSS = 5
    COOL_DOWN = 6
    BELOW_MIN_SIZE = 7
    BELOW_MIN_NOTIONAL = 8
    NO_PRICE = 9


class SizingRule(IntEnum):
    """Rule for the size of an entry."""

    QUOTE_AMOUNT = 0
    EQUITY_FRACTION = 1
    RISK_PER_TRADE = 2
