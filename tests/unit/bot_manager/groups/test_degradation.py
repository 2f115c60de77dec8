"""Reasons of a degraded bot as text."""

from datetime import timedelta

from bot_manager.groups.degradation import find_degraded_reason
from bot_manager.groups.signal_view import SignalView
from data import Cursor
from tests.builders import at

MINUTE = timedelta(minutes=1)
EVALUATED = SignalView(at(600), MINUTE)


def reason_for(signal_view: SignalView | None, tape_s: float | None, silent_s: float = 0.0) -> str:
    end = None if tape_s is None else Cursor(at(tape_s), 1)
    return find_degraded_reason(signal_view, end, silent_s, MINUTE)


def test_a_bot_that_has_all_it_requires_is_not_degraded() -> None:
    assert reason_for(EVALUATED, 600) == ""
    assert reason_for(EVALUATED, 600, silent_s=60) == ""


def test_a_silent_feed_degrades_a_bot() -> None:
    assert reason_for(EVALUATED, 600, silent_s=61).startswith("no trade since 2025-01-06T00:10:00")
    assert reason_for(EVALUATED, None) == "its instrument has no tape"


def test_a_strategy_that_is_behind_or_skips_degrades_a_bot() -> None:
    assert reason_for(None, 600) == "its strategy is not evaluated"
    assert reason_for(SignalView(at(60), MINUTE), 600).startswith("its strategy is evaluated up to")
    skipping = SignalView(at(600), MINUTE, problem="raised ValueError")
    assert reason_for(skipping, 600) == "its strategy skipped a candle: raised ValueError"
