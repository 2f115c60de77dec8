from typing import Any

import pytest

from dashboard.feed import NO_COLLECTOR, SILENT_AFTER_S, FeedState, feed_view
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from tests.builders import BTC, START, at

NOW = at(100)


def a_status(state: CollectorState, name: str = "okx-1", **facts: Any) -> CollectorStatus:
    defaults: dict[str, Any] = {
        "exchange": "okx",
        "endpoint": "wss://ws.okx.com:8443",
        "since": START,
        "reported_at": NOW,
        "pid": 1,
    }
    return CollectorStatus(name=name, state=state, **{**defaults, **facts})


def never_silent(_name: str) -> float:
    return 0.0


def test_without_collectors_the_feed_is_off_and_reports_how_to_start_one() -> None:
    assert feed_view([], never_silent) == NO_COLLECTOR
    assert "uv run main.py" in NO_COLLECTOR.detail


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CollectorState.LIVE, FeedState.OK),
        (CollectorState.STARTING, FeedState.LAGGING),
        (CollectorState.DEGRADED, FeedState.LAGGING),
        (CollectorState.DISCONNECTED, FeedState.RECONNECTING),
        (CollectorState.STORE_DOWN, FeedState.OFF),
        (CollectorState.STOPPED, FeedState.OFF),
        (CollectorState.FAILED, FeedState.OFF),
    ],
)
def test_every_state_of_a_collector_maps_to_a_feed_state(
    state: CollectorState, expected: FeedState
) -> None:
    view = feed_view([a_status(state)], never_silent)
    assert view.state is expected
    assert view.text


def test_the_worst_collector_decides() -> None:
    healthy, cut_off = a_status(CollectorState.LIVE), a_status(CollectorState.DISCONNECTED, "okx-2")
    assert feed_view([healthy, cut_off], never_silent).state is FeedState.RECONNECTING
    assert feed_view([cut_off, healthy], never_silent).state is FeedState.RECONNECTING


def test_an_unreachable_exchange_reports_since_when_and_when_it_is_tried_again() -> None:
    status = a_status(
        CollectorState.DISCONNECTED, problem="no route to host", retry_at=at(130), since=at(60)
    )
    view = feed_view([status], never_silent)
    assert view.unreachable
    assert (view.since, view.retry_at) == (at(60), at(130))
    assert (view.detail, view.endpoint) == ("no route to host", "wss://ws.okx.com:8443")


def test_a_collector_that_no_longer_reports_is_off_whatever_its_state() -> None:
    silent = a_status(CollectorState.LIVE)
    assert feed_view([silent], {"okx-1": SILENT_AFTER_S}.__getitem__).state is FeedState.OK
    view = feed_view([silent], {"okx-1": SILENT_AFTER_S + 1}.__getitem__)
    assert view.state is FeedState.OFF
    assert view.since == silent.reported_at


def test_a_collector_that_stopped_long_ago_does_not_count() -> None:
    gone = a_status(CollectorState.STOPPED, "old")
    silence = {"old": 86_400.0, "okx-1": 0.0}.__getitem__
    assert feed_view([gone, a_status(CollectorState.LIVE)], silence).state is FeedState.OK
    assert feed_view([gone], silence) == NO_COLLECTOR


def test_an_incomplete_feed_names_the_failing_streams() -> None:
    streams = [
        StreamStatus(instrument=BTC, state=StreamState.STALE, problem="no trade for 40 s"),
    ]
    view = feed_view([a_status(CollectorState.DEGRADED, streams=streams)], never_silent)
    assert view.detail == "BTC-USDT: no trade for 40 s"
