"""Evaluation of the stored state of the platform for display. Pure."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from dashboard.features.system.overview import (
    MetricValues,
    Overview,
    ProcessView,
    StreamView,
    SystemSnapshot,
    Tile,
    TileStatus,
)
from dashboard.feed import FeedState, Silence, feed_view
from data.status import CollectorStatus, StreamStatus
from utils.alerts import Alert, Severity
from utils.telemetry import ProcessRecord, Sample

# A process reports every few seconds.
SILENT_AFTER_S = 30.0
SHOWN_SUBJECTS = ("postgresql", "redis", "host")
RUNNING, SILENT = "running", "silent"

_NO_DATABASE = "It cannot be read; the last known values are shown"
_WORST = (TileStatus.OK, TileStatus.UNKNOWN, TileStatus.DEGRADED, TileStatus.DOWN)
_FEED = {
    FeedState.OK: TileStatus.OK,
    FeedState.LAGGING: TileStatus.DEGRADED,
    FeedState.RECONNECTING: TileStatus.DOWN,
    FeedState.OFF: TileStatus.DOWN,
}
_SUBJECTS = {
    "Data": ("stream", "collector"),
    "Database": ("postgresql", "table"),
    "Redis": ("redis",),
    "Bots": ("bot", "bots", "strategies", "group", "strategy"),
    "Processes": ("process",),
    "Host": ("host",),
}


def overview(
    stored: SystemSnapshot | None,
    problem: str,
    reported: Collection[CollectorStatus],
    *,
    bus_connected: bool,
    browsers: int,
    now: datetime,
    silent_s: Silence,
) -> Overview:
    """Return the overview. `stored` is the last snapshot; `problem` why it is no newer.

    `reported`: statuses from the bus, also newer ones; `silent_s`: seconds since each report.
    """
    if stored is None:
        return Overview(
            now=now,
            read_at=None,
            problem=problem,
            tiles=[
                _data_tile(reported, silent_s),
                _database_tile({}, problem, None),
                _redis_tile({}, bus_connected=bus_connected),
            ],
            collectors=[*reported],
            streams=[
                _stream(status, each, {}, now) for status in reported for each in status.streams
            ],
        )
    collectors = newest_of([*stored.collectors, *reported])
    metrics = metrics_by_subject(stored.samples)
    processes = [
        _process(record, stored.silent_s.get(record.process, 0.0)) for record in stored.processes
    ]
    tiles = [
        _data_tile(collectors, silent_s),
        _database_tile(metrics.get("postgresql", {}), problem, stored.read_at),
        _redis_tile(metrics.get("redis", {}), bus_connected=bus_connected),
        *(_as_stale(tile, problem) for tile in _stored_tiles(processes, metrics)),
        Tile(part="Web", status=TileStatus.OK, reason=_connected(browsers)),
    ]
    return Overview(
        now=now,
        read_at=stored.read_at,
        problem=problem,
        tiles=[_with_alerts(tile, stored.alerts) for tile in tiles],
        processes=_as_tree(processes),
        collectors=collectors,
        streams=[
            _stream(status, stream, metrics, now)
            for status in collectors
            for stream in status.streams
        ],
        metrics={subject: metrics.get(subject, {}) for subject in SHOWN_SUBJECTS},
        alerts=stored.alerts,
        mutes=stored.mutes,
    )


def metrics_by_subject(samples: Iterable[Sample]) -> dict[str, MetricValues]:
    """Return samples by subject and name."""
    metrics: dict[str, MetricValues] = {}
    for sample in samples:
        metrics.setdefault(sample.subject, {})[sample.name] = sample.value
    return metrics


def newest_of(statuses: Iterable[CollectorStatus]) -> list[CollectorStatus]:
    """Return the last status of each collector, sorted by name."""
    newest: dict[str, CollectorStatus] = {}
    for status in sorted(statuses, key=lambda status: status.reported_at):
        newest[status.name] = status
    return [newest[name] for name in sorted(newest)]


def _stored_tiles(processes: list[ProcessView], metrics: Mapping[str, MetricValues]) -> list[Tile]:
    """Return the tiles that depend on the store alone."""
    engines = [each for each in processes if each.name in ("bots", "strategies")]
    return [
        _process_tile("Processes", [each for each in processes if each.supervisor]),
        _process_tile("Bots", engines),
        _host_tile(metrics.get("host", {})),
    ]


def _as_stale(tile: Tile, problem: str) -> Tile:
    """Return the tile as UNKNOWN with its last reason, while the store is unavailable."""
    if not problem:
        return tile
    text = f"Last known: {tile.reason}"
    return Tile(part=tile.part, status=TileStatus.UNKNOWN, reason=text, since=tile.since)


def _process(record: ProcessRecord, silent_s: float) -> ProcessView:
    report, snapshot = record.report, record.snapshot
    reported = report.reported_at if report else None
    state = snapshot.state if snapshot else RUNNING
    if state == RUNNING and silent_s > SILENT_AFTER_S:
        state = SILENT
    return ProcessView(
        name=record.process,
        supervisor=snapshot.supervisor if snapshot else "",
        state=state,
        since=snapshot.since if snapshot else report.started_at if report else None,
        reported_at=reported,
        pid=snapshot.pid if snapshot else report.pid if report else None,
        restarts=snapshot.restarts if snapshot else 0,
        last_exit_code=snapshot.last_exit_code if snapshot else None,
        restartable=snapshot is not None,
        cpu_percent=report.cpu_percent if report else None,
        rss_bytes=report.rss_bytes if report else None,
        loop_lag_ms=report.loop_lag_ms if report else None,
        uptime_s=report.uptime_s if report else None,
        queues=report.queues if report else {},
        last_error=report.last_error if report else "",
        last_error_at=report.last_error_at if report else None,
    )


def _as_tree(processes: list[ProcessView]) -> list[ProcessView]:
    """Return each process behind its supervisor; those without a supervisor first."""
    names = {process.name for process in processes}

    def below(supervisor: str) -> list[ProcessView]:
        children = [each for each in processes if _parent(each, names) == supervisor]
        return [one for child in children for one in (child, *below(child.name))]

    return below("")


def _parent(process: ProcessView, names: set[str]) -> str:
    has_parent = process.supervisor in names and process.supervisor != process.name
    return process.supervisor if has_parent else ""


def _stream(
    status: CollectorStatus,
    stream: StreamStatus,
    metrics: Mapping[str, MetricValues],
    now: datetime,
) -> StreamView:
    values = metrics.get(f"stream:{stream.instrument}", {})
    age_s = lag_ms = None
    if stream.last_received_at is not None:
        age_s = max(0.0, (now - stream.last_received_at).total_seconds())
        if stream.last_trade_time is not None:
            lag_ms = (stream.last_received_at - stream.last_trade_time).total_seconds() * 1_000
    return StreamView(
        instrument=str(stream.instrument),
        collector=status.name,
        state=stream.state.value,
        age_s=age_s,
        trades_per_s=values.get("trades_per_s"),
        lag_ms=lag_ms,
        trades=stream.trades,
        buffered=stream.held,
        holes_open=stream.holes_open,
        holes_deferred=int(values.get("holes_deferred", 0)),
        holes_unrecoverable=int(values.get("holes_unrecoverable", 0)),
        problem=stream.problem,
    )


def _data_tile(collectors: Collection[CollectorStatus], silent_s: Silence) -> Tile:
    feed = feed_view(collectors, silent_s)
    reason = ": ".join(part for part in (feed.text, feed.detail) if part)
    if feed.state is FeedState.OK:
        streams = sum(len(status.streams) for status in collectors)
        reason = f"{streams} live streams"
    return Tile(part="Data", status=_FEED[feed.state], reason=reason, since=feed.since)


def _database_tile(metrics: MetricValues, problem: str, read_at: datetime | None) -> Tile:
    if problem:
        return Tile(part="Database", status=TileStatus.DOWN, reason=_NO_DATABASE, since=read_at)
    answer_ms = metrics.get("answer_ms")
    reason = "Answers" if answer_ms is None else f"Responds in {answer_ms:.1f} ms"
    return Tile(part="Database", status=TileStatus.OK, reason=reason)


def _redis_tile(metrics: MetricValues, *, bus_connected: bool) -> Tile:
    if not bus_connected:
        reason = "Not reachable: trading continues, updates are delayed; pages poll every 5 s"
        return Tile(part="Redis", status=TileStatus.DOWN, reason=reason)
    answer_ms = metrics.get("answer_ms")
    reason = "Connected" if answer_ms is None else f"Responds in {answer_ms:.1f} ms"
    return Tile(part="Redis", status=TileStatus.OK, reason=reason)


def _process_tile(part: str, processes: list[ProcessView]) -> Tile:
    if not processes:
        return Tile(part=part, status=TileStatus.UNKNOWN, reason="No report yet")
    not_running = [each for each in processes if each.state != RUNNING]
    if not not_running:
        names = ", ".join(each.name for each in processes)
        reason = f"{names} running" if len(processes) <= 3 else f"All {len(processes)} running"
        return Tile(part=part, status=TileStatus.OK, reason=reason)
    worst = (
        TileStatus.DOWN
        if any(each.state == "failed" for each in not_running)
        else TileStatus.DEGRADED
    )
    text = "; ".join(f"{each.name} is {each.state}" for each in not_running[:3])
    since = min((each.since for each in not_running if each.since), default=None)
    return Tile(part=part, status=worst, reason=text, since=since)


def _host_tile(metrics: MetricValues) -> Tile:
    if not metrics:
        return Tile(part="Host", status=TileStatus.UNKNOWN, reason="No measurement yet")
    free = 100 * metrics.get("disk_free_share", 0.0)
    cpu = metrics.get("cpu_percent", 0.0)
    reason = f"CPU {cpu:.0f} %, disk {free:.0f} % free"
    return Tile(part="Host", status=TileStatus.OK, reason=reason)


def _with_alerts(tile: Tile, alerts: list[Alert]) -> Tile:
    """Return the tile, degraded if an alert about its part is open."""
    ours = [
        alert
        for alert in alerts
        if alert.severity is not Severity.INFO
        and alert.subject.partition(":")[0] in _SUBJECTS.get(tile.part, ())
    ]
    if not ours or _WORST.index(tile.status) >= _WORST.index(TileStatus.DEGRADED):
        return tile
    more = f" (and {len(ours) - 1} more)" if len(ours) > 1 else ""
    first = min(ours, key=lambda alert: alert.since)
    return Tile(
        part=tile.part,
        status=TileStatus.DEGRADED,
        reason=f"{first.summary}{more}",
        since=first.since,
    )


def _connected(browsers: int) -> str:
    return "1 browser connected" if browsers == 1 else f"{browsers} browsers connected"
