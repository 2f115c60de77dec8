from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher

from dashboard.security.sessions import Sessions
from dashboard.security.throttle import FREE_TRIES, MAX_CLIENTS, LoginThrottle
from utils.clock import ManualClock

HASHER = PasswordHasher(time_cost=1, memory_cost=8192)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return HASHER.hash("correct horse")


def test_only_the_password_is_accepted(password_hash: str) -> None:
    sessions = Sessions(password_hash)
    assert sessions.accepts("correct horse")
    assert not sessions.accepts("Correct horse")
    assert not sessions.accepts("")


def test_a_hash_that_is_none_accepts_nothing() -> None:
    assert not Sessions("$argon2id$broken").accepts("")


def test_only_our_own_cookie_is_valid(password_hash: str) -> None:
    sessions = Sessions(password_hash)
    cookie = sessions.issue()
    assert sessions.is_valid(cookie)
    assert not sessions.is_valid(None)
    assert not sessions.is_valid("")
    assert not sessions.is_valid(cookie[:-1])
    assert not sessions.is_valid("user.abc.def")


def test_sessions_survive_a_restart_and_end_with_the_password(password_hash: str) -> None:
    cookie = Sessions(password_hash).issue()
    assert Sessions(password_hash).is_valid(cookie)
    assert not Sessions(HASHER.hash("correct horse")).is_valid(cookie)


def test_who_guesses_must_wait_longer_each_time() -> None:
    clock = ManualClock(datetime(2025, 1, 6, tzinfo=UTC))
    throttle = LoginThrottle(clock)
    for _ in range(FREE_TRIES - 1):
        throttle.failed("10.0.0.1")
        assert throttle.wait_s("10.0.0.1") == 0
    throttle.failed("10.0.0.1")
    assert throttle.wait_s("10.0.0.1") >= 1
    assert throttle.wait_s("10.0.0.2") == 0
    clock.advance(61)
    assert throttle.wait_s("10.0.0.1") == 0
    for _ in range(8):
        throttle.failed("10.0.0.1")
    assert throttle.wait_s("10.0.0.1") >= 30
    throttle.succeeded("10.0.0.1")
    assert throttle.wait_s("10.0.0.1") == 0


def test_the_list_of_guessers_is_bounded() -> None:
    throttle = LoginThrottle(ManualClock(datetime(2025, 1, 6, tzinfo=UTC)))
    for number in range(MAX_CLIENTS + 50):
        throttle.failed(str(number))
    assert len(throttle._clients) == MAX_CLIENTS
