"""The reports of a platform's processes, for a small world."""

from datetime import UTC, datetime, timedelta

from data.status import CollectorState, StreamState, StreamStatus
from tests.dashboard_world import BTC, World
from utils.alerts import Alert, AlertStep, Delivery, DeliveryState, NotificationKind, Severity
from utils.telemetry import ProcessReport, ProcessSnapshot, Sample

TREE = (
    ("dashboard", "main"),
    ("collectors", "main"),
    ("simulated-1", "collectors"),
    ("strategies", "main"),
    ("bots", "main"),
)


def report_platform(world: World, **states: str) -> None:
    """Store reports of every process, collector and server; `states` names exceptions."""
    now = datetime.now(UTC)
    for name, supervisor in TREE:
        save_snapshots(world, name, supervisor, states.get(name, "running"))
        world.telemetry.report(a_report(name, now))
    world.telemetry.report(a_report("main", now))
    world.telemetry.record(
        [
            Sample(subject=subject, name=name, time=now - timedelta(minutes=at), value=value + at)
            for at in range(3)
            for subject, name, value in (
                ("host", "cpu_percent", 12.0),
                ("host", "disk_free_share", 0.4),
                ("postgresql", "answer_ms", 1.5),
                ("redis", "answer_ms", 0.2),
                (f"stream:{BTC}", "trades_per_s", 4.5),
            )
        ]
    )
    stream = StreamStatus(
        instrument=BTC,
        state=StreamState.LIVE,
        last_received_at=now,
        last_trade_time=now - timedelta(milliseconds=40),
        trades=1_000,
    )
    world.report(CollectorState.LIVE, streams=[stream])


def save_snapshots(world: World, name: str, supervisor: str, state: str) -> None:
    """Store a supervisor's snapshot of a process."""
    now = datetime.now(UTC)
    world.telemetry.save_snapshots(
        [
            ProcessSnapshot(
                process=name,
                supervisor=supervisor,
                state=state,
                since=now - timedelta(minutes=5),
                reported_at=now,
                pid=4711,
                restarts=0,
            )
        ]
    )


def a_report(name: str, now: datetime) -> ProcessReport:
    """Return the report of a process."""
    return ProcessReport(
        process=name,
        pid=4711,
        started_at=now - timedelta(hours=1),
        reported_at=now,
        cpu_percent=3.0,
        rss_bytes=120_000_000,
        loop_lag_ms=4.0,
    )


def an_alert(
    subject: str = "process:bots", severity: Severity = Severity.CRITICAL, **overrides: str
) -> Alert:
    """Return an alert that opened a minute ago."""
    opened = datetime.now(UTC) - timedelta(minutes=1)
    texts = {"summary": "bots is down", "evidence": "down 1, maximum 0"} | overrides
    return Alert(
        rule="process-down",
        subject=subject,
        severity=severity,
        remedy="process-down",
        since=opened,
        opened_at=opened,
        notified_at=opened,
        **texts,
    )


def a_delivery(alert: Alert, channel: str, *, problem: str = "") -> Delivery:
    """Return a message of an alert that was sent, or that failed with `problem`."""
    return Delivery(
        made_at=alert.opened_at,
        rule=alert.rule,
        subject=alert.subject,
        opened_at=alert.opened_at,
        kind=NotificationKind.OPENED,
        channel=channel,
        severity=alert.severity,
        title=alert.summary,
        body=alert.evidence,
        due_at=alert.opened_at,
        state=DeliveryState.FAILED if problem else DeliveryState.SENT,
        attempts=1,
        problem=problem,
        settled_at=alert.opened_at,
    )


def open_alerts(world: World, *alerts: Alert) -> None:
    """Open alerts."""
    world.alerts.take(AlertStep(opened=alerts))
