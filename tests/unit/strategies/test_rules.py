"""The functions for the rules of strategies."""

import numpy as np
import pytest

from strategies import Direction, crossed_above, crossed_below, decide, previous

YES, NO = True, False
LONG, SHORT, FLAT, HOLD = Direction.LONG, Direction.SHORT, Direction.FLAT, Direction.HOLD


def test_rows_without_a_rule_hold() -> None:
    decided = decide(long=np.array([YES, NO, NO]), short=np.array([NO, YES, NO]))
    assert decided.tolist() == [LONG, SHORT, HOLD]
    assert decided.dtype == np.int8


def test_flat_wins_and_a_contradiction_is_flat() -> None:
    yes = np.array([YES, YES])
    assert decide(long=yes, short=np.array([YES, NO])).tolist() == [FLAT, LONG]
    assert decide(long=yes, flat=np.array([YES, NO])).tolist() == [FLAT, LONG]


def test_a_decision_requires_a_rule() -> None:
    with pytest.raises(ValueError, match="at least one"):
        decide()


def test_previous_reads_earlier_rows_only() -> None:
    np.testing.assert_array_equal(previous(np.array([1.0, 2.0, 3.0])), [np.nan, 1.0, 2.0])
    np.testing.assert_array_equal(previous(np.array([1.0, 2.0]), 5), [np.nan, np.nan])
    with pytest.raises(ValueError, match="later rows are unknown"):
        previous(np.array([1.0]), -1)


def test_a_crossing_requires_both_sides() -> None:
    values = np.array([np.nan, 1.0, 2.0, 3.0, 2.0, 1.0, 3.0])
    assert np.flatnonzero(crossed_above(values, 2.0)).tolist() == [3, 6]
    assert np.flatnonzero(crossed_below(values, np.full(7, 2.0))).tolist() == [5]
