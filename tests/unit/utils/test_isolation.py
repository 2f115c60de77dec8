"""What one item of a loop raises ends no other item, is named, and is tried again later."""

from datetime import UTC, datetime

import pytest

from utils.clock import ManualClock
from utils.isolation import MAX_ITEMS, Isolation, ItemFailures


class _StoreAway(Exception):
    """Concerns every item."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 1, tzinfo=UTC))


def test_a_failing_item_is_named_and_the_others_run(clock: ManualClock) -> None:
    failures = ItemFailures()
    isolation = Isolation("feed", clock, failures)
    done = []
    for item in ("a", "b", "c"):
        with isolation.attempt(item):
            if item == "b":
                raise OverflowError("too\nlarge")
            done.append(item)
    assert done == ["a", "c"]
    assert failures.problems() == {"feed b": "OverflowError: too large"}


def test_it_is_due_again_after_a_growing_delay_and_then_removed(clock: ManualClock) -> None:
    failures = ItemFailures()
    isolation = Isolation("feed", clock, failures, first_s=1, cap_s=60)
    delays = []
    for _ in range(12):
        with isolation.attempt("a") as attempt:
            raise ValueError
        assert attempt.failed
        assert not isolation.is_due("a")
        delays.append(isolation.delay_s("a"))
        clock.advance(delays[-1])
        assert isolation.is_due("a")
        assert isolation.has_due()
    assert delays[0] < 2
    assert 30 <= delays[-1] <= 90
    with isolation.attempt("a") as attempt:
        pass
    assert not attempt.failed
    assert failures.problems() == {}


def test_what_concerns_every_item_is_raised(clock: ManualClock) -> None:
    isolation = Isolation("feed", clock, ItemFailures(), passing=(_StoreAway,))
    with pytest.raises(_StoreAway), isolation.attempt("a"):
        raise _StoreAway
    with pytest.raises(SystemExit), isolation.attempt("a"):
        raise SystemExit


def test_what_is_kept_is_bounded_and_gone_items_are_removed(clock: ManualClock) -> None:
    failures = ItemFailures()
    isolation, other = Isolation("feed", clock, failures), Isolation("pass", clock, failures)
    with other.attempt("x"):
        raise ValueError
    for number in range(3):
        with isolation.attempt(str(number)):
            raise ValueError
    isolation.keep({"1"})
    assert set(failures.problems()) == {"pass x", "feed 1"}
    isolation.remove("1")
    for number in range(MAX_ITEMS + 50):
        with isolation.attempt(str(number)):
            raise ValueError
    assert len(failures.problems()) == MAX_ITEMS
