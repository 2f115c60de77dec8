"""The state of the feed, from its collectors' reports, as text that a user can act on. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from data.status import CollectorState, CollectorStatus, StreamState

# A collector reports every few seconds; after this silence it counts as gone.
SILENT_AFTER_S = 20.0

Silence = Callable[[str], float]
"""Return for how many seconds a collector of this name has not reported, by a monotonic clock."""


class FeedState(StrEnum):
    """The state of the feed, from best to worst."""

    OK = "ok"
    LAGGING = "lagging"
    RECONNECTING = "reconnecting"
    OFF = "off"


class FeedView(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the feed, its title, and the reason.

    `unreachable`: the exchange itself cannot be reached. Times are aware UTC.
    """

    state: FeedState
    text: str
    detail: str = ""
    since: datetime | None = None
    retry_at: datetime | None = None
    endpoint: str = ""
    unreachable: bool = False


NO_COLLECTOR = FeedView(
    state=FeedState.OFF,
    text="No collector is running",
    detail="No new data arrives. Start the platform with: uv run main.py",
)

_WORST_FIRST = tuple(reversed(FeedState))


def feed_view(statuses: Iterable[CollectorStatus], silent_s: Silence) -> FeedView:
    """Return the worst state of the collectors."""
    views = [_view(status, silent_s) for status in statuses if _counts(status, silent_s)]
    if not views:
        return NO_COLLECTOR
    return min(views, key=lambda view: _WORST_FIRST.index(view.state))


def _counts(status: CollectorStatus, silent_s: Silence) -> bool:
    """Return whether a collector counts: one that has stopped and is silent since does not."""
    return status.state is not CollectorState.STOPPED or _is_silent(status, silent_s) is False


def _is_silent(status: CollectorStatus, silent_s: Silence) -> bool:
    return silent_s(status.name) > SILENT_AFTER_S


def _view(status: CollectorStatus, silent_s: Silence) -> FeedView:
    if _is_silent(status, silent_s):
        return FeedView(
            state=FeedState.OFF,
            text="Collector is silent",
            detail=f"{status.name} has not reported; its last state is {status.state.value}.",
            since=status.reported_at,
            endpoint=status.endpoint,
        )
    state, text = _STATES[status.state]
    return FeedView(
        state=state,
        text=text,
        detail=status.problem or _stream_problems(status),
        since=status.since,
        retry_at=status.retry_at,
        endpoint=status.endpoint,
        unreachable=status.state is CollectorState.DISCONNECTED,
    )


_STATES: dict[CollectorState, tuple[FeedState, str]] = {
    CollectorState.LIVE: (FeedState.OK, "Live"),
    CollectorState.STARTING: (FeedState.LAGGING, "Collector is starting"),
    CollectorState.DEGRADED: (FeedState.LAGGING, "Feed is incomplete"),
    CollectorState.DISCONNECTED: (FeedState.RECONNECTING, "Exchange is unreachable"),
    CollectorState.STORE_DOWN: (FeedState.OFF, "Database is down"),
    CollectorState.STOPPED: (FeedState.OFF, "Collector has stopped"),
    CollectorState.FAILED: (FeedState.OFF, "Collector has failed"),
}

_HEALTHY = (StreamState.LIVE, StreamState.ACKED, StreamState.PENDING, StreamState.DELISTED)


def _stream_problems(status: CollectorStatus) -> str:
    unhealthy = [
        f"{stream.instrument.symbol}: {stream.problem or stream.state.value}"
        for stream in status.streams
        if stream.state not in _HEALTHY
    ]
    return "; ".join(unhealthy[:3])
