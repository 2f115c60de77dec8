"""Delays between attempts."""

import random

from utils.backoff import Backoff


def _delays(backoff: Backoff, count: int) -> list[float]:
    return [backoff.next_delay_s() for _ in range(count)]


def test_delays_double_up_to_the_cap_each_within_its_jitter() -> None:
    delays = _delays(Backoff(first_s=1.0, cap_s=8.0, rng=random.Random(1)), 6)
    for delay, base in zip(delays, [1, 2, 4, 8, 8, 8], strict=True):
        assert 0.5 * base <= delay <= 1.5 * base


def test_clients_that_failed_together_do_not_return_together() -> None:
    first, second = Backoff(rng=random.Random(1)), Backoff(rng=random.Random(2))
    assert first.next_delay_s() != second.next_delay_s()


def test_a_reset_begins_anew() -> None:
    backoff = Backoff(first_s=1.0, cap_s=100.0)
    _delays(backoff, 5)
    backoff.reset()
    assert backoff.next_delay_s() <= 1.5
    assert backoff.attempts == 1


def test_very_many_attempts_stay_at_the_cap() -> None:
    assert max(_delays(Backoff(first_s=1.0, cap_s=2.0), 5_000)) <= 3.0
