"""Silence is counted by the monotonic clock; stamps of others only show that there is an update."""

from datetime import UTC, datetime, timedelta

import pytest

from utils.clock import ManualClock
from utils.liveness import Liveness

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JUMPS_S = [60, 3_600, -60, -3_600]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


def test_a_new_source_has_the_age_of_its_time(clock: ManualClock) -> None:
    liveness = Liveness(clock)
    liveness.observe_time("a", NOON - timedelta(seconds=50))
    liveness.observe_time("b", NOON + timedelta(seconds=50))
    assert (liveness.silent_s("a"), liveness.silent_s("b"), liveness.silent_s("c")) == (50, 0, 0)
    clock.advance(7)
    assert liveness.silent_s("a") == 57


@pytest.mark.parametrize("jump_s", JUMPS_S)
def test_a_wall_clock_that_jumps_makes_no_source_silent(clock: ManualClock, jump_s: float) -> None:
    liveness = Liveness(clock)
    liveness.observe_time("a", clock.now())
    clock.jump(jump_s)
    for _ in range(100):
        clock.advance(2)
        liveness.observe_time("a", clock.now())
        assert liveness.silent_s("a") <= 2


@pytest.mark.parametrize("jump_s", JUMPS_S)
def test_a_wall_clock_that_jumps_makes_no_source_alive(clock: ManualClock, jump_s: float) -> None:
    liveness = Liveness(clock)
    source_time = clock.now()
    liveness.observe_time("a", source_time)
    clock.jump(jump_s)
    for _ in range(10):
        clock.advance(2)
        liveness.observe_time("a", source_time)
    assert liveness.silent_s("a") == 20


def test_a_change_between_two_observations_has_its_own_time(clock: ManualClock) -> None:
    liveness = Liveness(clock)
    liveness.observe_time("a", NOON)
    clock.advance(600)
    liveness.observe_time("a", NOON + timedelta(seconds=500))
    assert liveness.silent_s("a") == 100
    clock.advance(600)
    liveness.observe_time("a", NOON + timedelta(seconds=501))
    assert liveness.silent_s("a") == 600


def test_a_source_no_longer_observed_is_removed(clock: ManualClock) -> None:
    liveness = Liveness(clock)
    liveness.observe("a", 1)
    clock.advance(61)
    liveness.observe("b", 1)
    liveness.evict(timedelta(seconds=60))
    clock.advance(5)
    assert (liveness.silent_s("a"), liveness.silent_s("b")) == (0, 5)
