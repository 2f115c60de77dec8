"""Targets, and when they change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import Timeframe
from strategies import Direction, Group, Signal
from strategies.errors import StrategyError
from strategies.signals import changes_of, targets_of
from tests.builders import BTC, START
from utils.codec import decode, encode

GROUP = Group(
    instrument=BTC, timeframe=Timeframe.M1, strategy="Rising", version="abc", parameters="{}"
)
directions = st.lists(st.sampled_from(Direction), max_size=30)


def a_signal(direction: Direction = Direction.LONG) -> Signal:
    return Signal(
        group=GROUP, close_time=START, direction=direction, reason="it rose", window_digest="d1"
    )


@given(directions, st.sampled_from([Direction.SHORT, Direction.FLAT, Direction.LONG]))
def test_hold_keeps_the_target_before(decided: list[Direction], before: Direction) -> None:
    expected, target = [], before
    for direction in decided:
        target = target if direction is Direction.HOLD else direction
        expected.append(target)
    assert targets_of(np.array(decided, np.int8), before).tolist() == expected


def test_only_changes_of_the_target_are_changes() -> None:
    targets = np.array([0, 1, 1, -1, 0, 0], np.int8)
    assert changes_of(targets).tolist() == [1, 3, 4]
    assert changes_of(targets, Direction.LONG).tolist() == [0, 1, 3, 4]


def test_a_signal_survives_its_journey() -> None:
    assert decode(Signal, encode(a_signal())) == a_signal()


def test_a_signal_is_never_hold() -> None:
    with pytest.raises(StrategyError, match="HOLD"):
        a_signal(Direction.HOLD)
