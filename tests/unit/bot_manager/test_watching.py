"""What keeps a bot from its work is said in words."""

from datetime import timedelta

from bot_manager.opinion import Opinion
from bot_manager.watching import trouble_of
from data import Cursor
from tests.builders import at

MINUTE = timedelta(minutes=1)
JUDGED = Opinion(at(600), MINUTE)


def told(opinion: Opinion | None, tape_s: float | None, silent_s: float = 0.0) -> str:
    end = None if tape_s is None else Cursor(at(tape_s), 1)
    return trouble_of(opinion, end, silent_s, MINUTE)


def test_a_bot_that_has_all_it_needs_is_in_no_trouble() -> None:
    assert told(JUDGED, 600) == ""
    assert told(JUDGED, 600, silent_s=60) == ""


def test_a_feed_that_is_silent_is_trouble() -> None:
    assert told(JUDGED, 600, silent_s=61).startswith("no trade since 2025-01-06T00:10:00")
    assert told(JUDGED, None) == "there is no tape"


def test_a_strategy_that_is_behind_or_skips_is_trouble() -> None:
    assert told(None, 600) == "nobody evaluates its strategy"
    assert told(Opinion(at(60), MINUTE), 600).startswith("its strategy is evaluated up to")
    skipping = Opinion(at(600), MINUTE, problem="raised ValueError")
    assert told(skipping, 600) == "its strategy skipped a candle: raised ValueError"
