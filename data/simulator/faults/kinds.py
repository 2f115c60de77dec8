"""The scripted faults as typed values.

In JSON a fault is an object with its `type`; unknown types and fields are refused. Times of faults
are real seconds from the start of the simulator (or from when the fault was added), durations real
seconds too; times inside market data are milliseconds.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from data.simulator.market.bars import BARS
from data.simulator.market.listing import ListingChange

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[float, Meta(ge=0.0)]
Above0 = Annotated[float, Meta(gt=0.0)]
CloseCode = Annotated[int, Meta(ge=1000, le=4999)]
HttpStatus = Annotated[int, Meta(ge=400, le=599)]


def _require_bar(name: str) -> None:
    if name not in BARS:
        raise ValueError(f"bar {name!r} is not one of {', '.join(BARS)}")


class Fault(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag=True,
):
    """The base of all faults: active from `start_s`, for `duration_s` (None: until removed).

    Triggers at most `limit` times in all (None: without limit), each time with `probability`.
    """

    start_s: NotNegative = 0.0
    duration_s: NotNegative | None = None
    limit: Positive | None = None
    probability: Probability = 1.0


class _OnStreams(Fault, frozen=True, kw_only=True):
    """The streams that a fault affects; empty or None means all.

    `path` is `public` or `business`; `connection` counts WebSocket connections from 1.
    """

    channel: str = ""
    inst_id: str = ""
    path: str = ""
    connection: Positive | None = None


class _OnConnections(Fault, frozen=True, kw_only=True):
    """The connections that a fault affects."""

    path: str = ""
    connection: Positive | None = None


# faults of data messages


class DropMessage(_OnStreams, frozen=True, kw_only=True, tag="drop_message"):
    """Lose messages; with `ids`, those that hold one of these trade ids."""

    ids: tuple[int, ...] = ()


class Duplicate(_OnStreams, frozen=True, kw_only=True, tag="duplicate"):
    """Send a message `times` more, each `delay_ms` after the one before."""

    times: Positive = 1
    delay_ms: NotNegative = 0.0


class Reorder(_OnStreams, frozen=True, kw_only=True, tag="reorder"):
    """Shuffle data: hold each message up to `window_ms`, or shuffle `window_messages` at a time."""

    window_ms: NotNegative = 200.0
    window_messages: Annotated[int, Meta(ge=0)] = 0


class Delay(_OnStreams, frozen=True, kw_only=True, tag="delay"):
    """Send everything `latency_ms` later; with `burst_ms`, only each time that long has passed."""

    latency_ms: NotNegative = 0.0
    burst_ms: NotNegative = 0.0


class LateAfterClose(_OnStreams, frozen=True, kw_only=True, tag="late_after_close"):
    """Hold trades of the last `within_ms` of a candle until `after_ms` past its confirmation."""

    bar: str = "1m"
    within_ms: NotNegative = 2_000.0
    after_ms: NotNegative = 500.0

    def __post_init__(self) -> None:
        _require_bar(self.bar)


class Damage(StrEnum):
    """How a message is malformed."""

    TRUNCATED = "truncated"
    BINARY = "binary"
    UNKNOWN_EVENT = "unknown_event"
    EXTRA_FIELD = "extra_field"
    MISSING_FIELD = "missing_field"
    NUMBER_FOR_STRING = "number_for_string"
    EMPTY_DATA = "empty_data"


class Malformed(_OnStreams, frozen=True, kw_only=True, tag="malformed"):
    """Damage messages. TRUNCATED, BINARY and EMPTY_DATA lose their content."""

    kind: Damage


class StallScope(StrEnum):
    """The part of a connection that a silent stall affects."""

    DATA = "data"
    ALL = "all"
    HALF_OPEN = "half_open"


class SilentStall(_OnStreams, frozen=True, kw_only=True, tag="silent_stall"):
    """Stop sending without closing: no data, nothing at all (no pong), or a dead TCP connection."""

    scope: StallScope = StallScope.DATA


# faults of requests


class AckLost(_OnStreams, frozen=True, kw_only=True, tag="ack_lost"):
    """Ignore a subscribe: no reply and no data."""


class AckWithoutData(_OnStreams, frozen=True, kw_only=True, tag="ack_without_data"):
    """Acknowledge a subscribe and never send data for it."""


class AckError(_OnStreams, frozen=True, kw_only=True, tag="ack_error"):
    """Refuse a subscribe."""

    code: str = "60018"
    msg: str = "Wrong URL or channel:{channel},instId:{inst_id} doesn't exist."


class ResubReplay(_OnStreams, frozen=True, kw_only=True, tag="resub_replay"):
    """Push the last `count` trades again after a subscribe."""

    count: Positive = 10


# faults of connections


class ErrorEvent(_OnConnections, frozen=True, kw_only=True, tag="error_event"):
    """Send an unprompted error, and close if `close_code` is given."""

    code: str = "64007"
    msg: str = "Operation failed due to WebSocket internal error. Please try again later."
    close_code: CloseCode | None = None


class Notice(_OnConnections, frozen=True, kw_only=True, tag="notice"):
    """Announce a service upgrade (64008), then close after `lead_s`. 1006: no close frame."""

    lead_s: NotNegative = 60.0
    close_code: CloseCode = 1006


class Disconnect(_OnConnections, frozen=True, kw_only=True, tag="disconnect"):
    """Close connections: at the start, again `every_s`, or each after `after_messages`.

    Close code 1006 ends the connection without a close frame; `reset` with a TCP reset.
    """

    close_code: CloseCode = 1006
    reset: bool = False
    every_s: Above0 | None = None
    after_messages: Positive | None = None


class RefuseConnect(_OnConnections, frozen=True, kw_only=True, tag="refuse_connect"):
    """Answer a WebSocket upgrade with an HTTP status; without one, close the connection."""

    status: HttpStatus | None = 503


class SlowConsumer(_OnConnections, frozen=True, kw_only=True, tag="slow_consumer"):
    """Shrink the send buffer: a client that lags behind it is closed with 4005."""

    buffer_bytes: Positive = 4_096


# faults of REST


class RestDamage(StrEnum):
    """How a REST answer is falsified."""

    RATE_LIMIT = "rate_limit"
    RATE_LIMIT_AS_200 = "rate_limit_as_200"
    UNAVAILABLE = "unavailable"
    SYSTEM_ERROR = "system_error"
    TIMEOUT = "timeout"
    EMPTY_PAGE = "empty_page"
    STALE_PAGE = "stale_page"
    UNCONFIRMED_FIRST = "unconfirmed_first"
    NOT_JSON = "not_json"


class RestFault(Fault, frozen=True, kw_only=True, tag="rest_fault"):
    """Falsify answers of paths that begin with `endpoint`.

    STALE_PAGE answers as of `lag_ms` ago; TIMEOUT answers after `hold_s`.
    """

    kind: RestDamage
    endpoint: str = "/api/v5/"
    lag_ms: NotNegative = 5_000.0
    hold_s: NotNegative = 10.0


class CandleRevision(Fault, frozen=True, kw_only=True, tag="candle_revision"):
    """Return another volume for closed candles in REST: one lot more for every `every`-th."""

    inst_id: str = ""
    bar: str = "1m"
    every: Positive = 1

    def __post_init__(self) -> None:
        _require_bar(self.bar)
        if not BARS[self.bar].length_ms:
            raise ValueError(f"bar {self.bar!r} must have a fixed length")


class ClockSkew(Fault, frozen=True, kw_only=True, tag="clock_skew"):
    """Offset `/api/v5/public/time` by so many milliseconds."""

    offset_ms: int


# faults of the market


class IdHole(Fault, frozen=True, kw_only=True, tag="id_hole"):
    """Skip `count` trade ids in the history itself; again `every_s`."""

    inst_id: str
    count: Positive = 1
    every_s: Above0 | None = None


class Storm(Fault, frozen=True, kw_only=True, tag="storm"):
    """Multiply the trades of an instrument (of all, if empty) while it lasts."""

    inst_id: str = ""
    multiplier: Positive = 10


class InstrumentEvent(Fault, frozen=True, kw_only=True, tag="instrument_event"):
    """Change an instrument, for as long as the fault lasts.

    NEW_LISTING shows `inst_id` as preopen, its steps still empty; TICK_SIZE writes one more
    decimal into the price step; DELIST removes it from REST and refuses new subscriptions.
    """

    inst_id: str
    change: ListingChange


AnyFault = (
    DropMessage | Duplicate | Reorder | Delay | LateAfterClose | Malformed | SilentStall
    | AckLost | AckWithoutData | AckError | ResubReplay
    | ErrorEvent | Notice | Disconnect | RefuseConnect | SlowConsumer
    | RestFault | CandleRevision | ClockSkew
    | IdHole | Storm | InstrumentEvent
)  # fmt: skip
