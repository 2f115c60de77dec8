"""Wide products against Python's own whole numbers."""

from fractions import Fraction
from math import ceil, floor, trunc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import njit

from bot_manager.trading.fixed_point import (
    PPM,
    ceil_to,
    floor_to,
    muldiv_ceil,
    muldiv_floor,
    muldiv_toward_zero,
)
from bot_manager.trading.units import MONEY_LIMIT

# Parts of the kernel are called by compiled code only.
_floor = njit(lambda a, b, d: muldiv_floor(a, b, d))
_ceil = njit(lambda a, b, d: muldiv_ceil(a, b, d))
_toward_zero = njit(lambda a, b, d: muldiv_toward_zero(a, b, d))
_floor_to = njit(lambda value, step: floor_to(value, step))
_ceil_to = njit(lambda value, step: ceil_to(value, step))

wide = st.integers(-(2**63) + 1, 2**63 - 1)
factors = st.integers(0, 2**63 - 1)
divisors = st.integers(1, 2**32 - 1)


def clipped(value: int) -> int:
    return max(-MONEY_LIMIT, min(MONEY_LIMIT, value))


@settings(max_examples=2000, deadline=None)
@given(wide, factors, divisors)
@example(2**62 - 1, PPM, PPM)
@example(-(2**63) + 1, 2**63 - 1, 2**32 - 1)
@example(2**32, 2**32, 1)
@example(-1, 1, 2)
@example(2**63 - 1, 1, 2)
def test_products_are_divided_exactly_and_rounded_as_named(a: int, b: int, d: int) -> None:
    exact = Fraction(a * b, d)
    assert _floor(a, b, d) == clipped(floor(exact))
    assert _ceil(a, b, d) == clipped(ceil(exact))
    assert _toward_zero(a, b, d) == clipped(trunc(exact))


@settings(max_examples=2000, deadline=None)
@given(st.integers(0, 2**62), st.integers(0, 2 * PPM), st.sampled_from([PPM, PPM + 1000]))
def test_rates_are_applied_exactly(a: int, b: int, d: int) -> None:
    assert _floor(a, b, d) == min(a * b // d, MONEY_LIMIT)
    assert _ceil(-a, b, d) == max(-(a * b // d), -MONEY_LIMIT)


@pytest.mark.parametrize(
    ("value", "step", "below", "above"),
    [
        (100, 5, 100, 100),
        (101, 5, 100, 105),
        (0, 5, 0, 0),
        (3, 5, 0, 5),
        (-3, 5, -5, 0),
        (7, 1, 7, 7),
    ],
)
def test_multiples_lie_below_and_above(value: int, step: int, below: int, above: int) -> None:
    assert (_floor_to(value, step), _ceil_to(value, step)) == (below, above)
