import pytest

from data import Timeframe, TimeSpan
from data.errors import InvalidValue
from data.market.spans import (
    buckets,
    intersect_spans,
    newest_first,
    subtract_spans,
    whole_candles_of,
)
from tests.builders import at


def span(start_s: float, end_s: float) -> TimeSpan:
    return TimeSpan(at(start_s), at(end_s))


def test_only_whole_candles_are_known() -> None:
    known = [span(0, 60), span(90, 250), span(300, 310)]
    assert whole_candles_of(known, Timeframe.M1) == [span(0, 60), span(120, 240)]


def test_what_is_taken_is_cut_out() -> None:
    assert subtract_spans(span(0, 100), []) == [span(0, 100)]
    assert subtract_spans(span(0, 100), [span(50, 60), span(0, 10)]) == [
        span(10, 50),
        span(60, 100),
    ]
    assert subtract_spans(span(0, 100), [span(-5, 200)]) == []
    assert subtract_spans(span(0, 100), [span(20, 40), span(30, 50), span(90, 200)]) == [
        span(0, 20),
        span(50, 90),
    ]
    assert subtract_spans(span(0, 100), [span(150, 200)]) == [span(0, 100)]


def test_what_lies_in_both_is_common() -> None:
    assert intersect_spans([span(0, 50), span(60, 90)], [span(40, 70)]) == [
        span(40, 50),
        span(60, 70),
    ]


def test_a_span_is_made_of_candles() -> None:
    assert list(buckets(span(30, 150), Timeframe.M1)) == [
        span(0, 60),
        span(60, 120),
        span(120, 180),
    ]
    assert newest_first(span(30, 150), Timeframe.M1) == [
        span(120, 150),
        span(60, 120),
        span(30, 60),
    ]


def test_a_span_never_ends_before_it_starts() -> None:
    assert span(5, 5).start == at(5)
    with pytest.raises(InvalidValue, match="must not end before it starts"):
        span(5, 4)


def test_limits_that_cross_have_no_span_between_them() -> None:
    assert TimeSpan.between(at(0), at(1)) == span(0, 1)
    assert TimeSpan.between(at(1), at(1)) is None
    assert TimeSpan.between(at(2), at(1)) is None
    assert span(0, 5).overlap(span(3, 9)) == span(3, 5)
    assert span(0, 5).overlap(span(5, 9)) is None
    assert span(0, 5).overlap(span(7, 9)) is None
    assert whole_candles_of([span(70, 110)], Timeframe.M1) == []
