"""A snapshot of the platform, as the System page receives it. Pure values.

Times are aware UTC. Metrics are keyed by name, which ends in the unit.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from data.status import CollectorStatus
from utils.alerts import Alert, Mute
from utils.telemetry import ProcessRecord, Sample

MetricValues = dict[str, float]


class TileStatus(StrEnum):
    """The state of a part, from best to worst."""

    OK = "ok"
    UNKNOWN = "unknown"
    DEGRADED = "degraded"
    DOWN = "down"


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one part; `reason` is a sentence, `since` when it began, if known."""

    part: str
    status: TileStatus
    reason: str
    since: datetime | None = None


class ProcessView(msgspec.Struct, frozen=True, kw_only=True):
    """One process, by its supervisor and its own report. `restartable`: it has a supervisor."""

    name: str
    supervisor: str
    state: str
    since: datetime | None
    reported_at: datetime | None
    pid: int | None
    restarts: int
    last_exit_code: int | None
    restartable: bool
    cpu_percent: float | None = None
    rss_bytes: int | None = None
    loop_lag_ms: float | None = None
    uptime_s: float | None = None
    queues: dict[str, int] = {}
    last_error: str = ""
    last_error_at: datetime | None = None


class StreamView(msgspec.Struct, frozen=True, kw_only=True):
    """One instrument's feed. `lag_ms`: from the trade on the exchange to its receipt."""

    instrument: str
    collector: str
    state: str
    age_s: float | None
    trades_per_s: float | None
    lag_ms: float | None
    trades: int
    buffered: int
    holes_open: int
    holes_deferred: int
    holes_unrecoverable: int
    problem: str


class SystemSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What was read from the store at `read_at`.

    `silent_s`: seconds since each process reported, by a monotonic clock.
    """

    read_at: datetime
    processes: list[ProcessRecord]
    collectors: list[CollectorStatus]
    samples: list[Sample]
    alerts: list[Alert]
    mutes: list[Mute]
    silent_s: dict[str, float] = {}


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The whole overview. `read_at`: the last read of the store, before `now` in an outage."""

    now: datetime
    read_at: datetime | None
    problem: str
    tiles: list[Tile]
    processes: list[ProcessView] = []
    collectors: list[CollectorStatus] = []
    streams: list[StreamView] = []
    metrics: dict[str, MetricValues] = {}
    alerts: list[Alert] = []
    mutes: list[Mute] = []
