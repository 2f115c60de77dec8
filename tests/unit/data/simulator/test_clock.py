from datetime import UTC, datetime

from data.simulator.clock import VirtualClock
from utils.clock import ManualClock


def clocks(speed: float = 1.0) -> tuple[ManualClock, VirtualClock]:
    manual = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    return manual, VirtualClock(manual, start_ms=1_000, speed=speed)


def test_it_begins_now_by_default():
    manual = ManualClock(datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC))
    assert VirtualClock(manual).now_ms() == 3_000


def test_it_runs_at_its_speed():
    manual, clock = clocks(speed=10)
    manual.advance(2)
    assert clock.now_ms() == 21_000


def test_a_new_speed_counts_from_now():
    manual, clock = clocks()
    manual.advance(1)
    clock.run_at(100)
    manual.advance(1)
    clock.run_at(0)
    manual.advance(1)
    assert clock.now_ms() == 102_000


def test_it_jumps_ahead_and_never_back():
    _, clock = clocks()
    clock.jump(500)
    clock.jump(-5_000)
    assert clock.now_ms() == 1_500


def test_virtual_time_takes_real_time_by_its_speed():
    assert clocks(speed=10)[1].real_s(5_000) == 0.5
    assert clocks(speed=0)[1].real_s(5_000) == 0
