"""Fixed-point products and quotients: 128-bit intermediates, explicit rounding.

Caution in compiled code: `//` of a negative number rounds down, and an int64 with a uint64 becomes
a float. So the wide arithmetic is unsigned throughout and signs are restored at the end.
"""

import numpy as np

from bot_manager.trading.units import MONEY_LIMIT
from utils.compiled import compiled_part

PPM = 1_000_000

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFF_FFFF)
_ZERO = np.uint64(0)


@compiled_part
def _multiply(a: np.uint64, b: np.uint64) -> tuple[np.uint64, np.uint64]:
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    low, cross_1, cross_2 = a_low * b_low, a_low * b_high, a_high * b_low
    middle = (low >> _HALF) + (cross_1 & _LOW) + (cross_2 & _LOW)
    high = a_high * b_high + (cross_1 >> _HALF) + (cross_2 >> _HALF) + (middle >> _HALF)
    return high, (middle << _HALF) | (low & _LOW)


@compiled_part
def _divide(high: np.uint64, low: np.uint64, divisor: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Divide by long division in 32-bit digits: needs high < divisor < 2^32."""
    if high == _ZERO:
        return low // divisor, low % divisor
    upper = (high << _HALF) | (low >> _HALF)
    lower = ((upper % divisor) << _HALF) | (low & _LOW)
    return ((upper // divisor) << _HALF) | (lower // divisor), lower % divisor


@compiled_part
def _muldiv(a: int, b: int, divisor: int) -> tuple[int, bool]:
    """Return |a| x b / divisor toward zero, and whether something was cut off."""
    wide = np.uint64(divisor)
    high, low = _multiply(np.uint64(abs(a)), np.uint64(b))
    if high >= wide:
        return MONEY_LIMIT, False
    quotient, rest = _divide(high, low, wide)
    if quotient >= np.uint64(MONEY_LIMIT):
        return MONEY_LIMIT, False
    return int(np.int64(quotient)), bool(rest != _ZERO)


@compiled_part
def muldiv_floor(a: int, b: int, divisor: int) -> int:
    """Return a x b / divisor rounded toward minus infinity, at most MONEY_LIMIT in absolute value.

    b is not negative, 0 < divisor < 2^32.
    """
    quotient, cut = _muldiv(a, b, divisor)
    return quotient if a >= 0 else -quotient - cut


@compiled_part
def muldiv_ceil(a: int, b: int, divisor: int) -> int:
    """Return a x b / divisor rounded toward plus infinity; see `muldiv_floor`."""
    quotient, cut = _muldiv(a, b, divisor)
    return quotient + cut if a >= 0 else -quotient


@compiled_part
def muldiv_toward_zero(a: int, b: int, divisor: int) -> int:
    """Return a x b / divisor without its fraction; see `muldiv_floor`."""
    quotient, _ = _muldiv(a, b, divisor)
    return quotient if a >= 0 else -quotient


@compiled_part
def floor_to(value: int, step: int) -> int:
    """Return the last multiple of `step` at or below `value`."""
    return value - value % step


@compiled_part
def ceil_to(value: int, step: int) -> int:
    """Return the first multiple of `step` at or above `value`."""
    return value + -value % step
