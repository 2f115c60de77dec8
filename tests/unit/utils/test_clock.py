"""The two clocks."""

from datetime import UTC, datetime, timedelta

from utils.clock import ManualClock, SystemClock

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_manual_clock_stands_still() -> None:
    clock = ManualClock(START)
    assert (clock.now(), clock.now()) == (START, START)


async def test_sleeping_and_pausing_move_a_manual_clock_and_take_no_time() -> None:
    clock = ManualClock(START)
    await clock.sleep(60.0)
    clock.pause(3600.0)
    assert clock.now() == START + timedelta(seconds=3660)
    assert clock.monotonic_s() == 3660.0


async def test_the_system_clock_is_aware_and_never_goes_back() -> None:
    clock = SystemClock()
    before = clock.monotonic_s()
    await clock.sleep(0.001)
    clock.pause(0.001)
    assert clock.monotonic_s() >= before + 0.002
    assert clock.now().tzinfo is UTC
