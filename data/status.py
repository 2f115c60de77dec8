"""The status of a collector and its streams."""

from datetime import datetime
from enum import StrEnum

import msgspec

from data.market.instrument import InstrumentId
from utils.messaging import Topic


class CollectorState(StrEnum):
    """The state of a collector.

    STARTING: reads the store, opens sockets. LIVE: every stream is. DEGRADED: some stream is stale,
    filling a hole, or refused. DISCONNECTED: the exchange cannot be reached; it keeps trying.
    STORE_DOWN: the database cannot be reached; sockets are not read. STOPPED: shut down cleanly.
    FAILED: gave up.
    """

    STARTING = "starting"
    LIVE = "live"
    DEGRADED = "degraded"
    DISCONNECTED = "disconnected"
    STORE_DOWN = "store_down"
    STOPPED = "stopped"
    FAILED = "failed"


class StreamState(StrEnum):
    """The state of one instrument's stream: PENDING -> ACKED -> LIVE -> STALE; FAILED: refused.

    DELISTED: the exchange no longer lists the instrument; its stored data stay.
    """

    PENDING = "pending"
    ACKED = "acked"
    LIVE = "live"
    FILLING = "filling"
    STALE = "stale"
    FAILED = "failed"
    DELISTED = "delisted"


class StreamStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The status of one instrument's stream. `problem` describes what is wrong, if anything."""

    instrument: InstrumentId
    state: StreamState
    last_trade_time: datetime | None = None
    last_received_at: datetime | None = None
    trades: int = 0
    duplicates: int = 0
    held: int = 0
    holes_open: int = 0
    problem: str = ""


class CollectorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One collector process.

    `since` is when it entered its state; `retry_at` when it tries again, if it waits.
    `endpoint` is the exchange's address without secrets. Times are aware UTC.
    """

    name: str
    exchange: str
    endpoint: str
    state: CollectorState
    since: datetime
    reported_at: datetime
    pid: int
    retry_at: datetime | None = None
    problem: str = ""
    reconnects: int = 0
    frames: int = 0
    unhandled_frames: int = 0
    undecodable_frames: int = 0
    trades_committed: int = 0
    clock_offset_ms: float | None = None
    streams: list[StreamStatus] = []


COLLECTORS: Topic[CollectorStatus] = Topic("collectors", CollectorStatus)
