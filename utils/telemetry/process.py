"""What a process says of itself, and what its supervisor says of it."""

from datetime import datetime

import msgspec

from utils.telemetry.sample import Sample, samples_of

# As utils.supervision names them.
_WAITING, _GIVEN_UP = "waiting", "failed"
_MAX_SUBJECT = 200


class ProcessReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one process says of itself every few seconds. Times are aware UTC.

    `cpu_percent` is of one core since the report before; `loop_lag_ms` how late its loop was at
    worst since then, None where it has none. `queues` hold how many wait in each; `figures` are
    whatever else it measures. `last_error` holds no secret.
    """

    process: str
    pid: int
    started_at: datetime
    reported_at: datetime
    cpu_percent: float
    rss_bytes: int
    loop_lag_ms: float | None = None
    queues: dict[str, int] = {}
    figures: dict[str, float] = {}
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def uptime_s(self) -> float:
        """Return how long it had run when it reported."""
        return (self.reported_at - self.started_at).total_seconds()


class ProcessSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervisor says of one of its processes. `state` is a supervision.ProcessState."""

    process: str
    supervisor: str
    state: str
    since: datetime
    reported_at: datetime
    pid: int | None = None
    restarts: int = 0
    last_exit_code: int | None = None


class ProcessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one process: its own words, its supervisor's, or both."""

    process: str
    report: ProcessReport | None = None
    standing: ProcessSnapshot | None = None


def subject_of(process: str) -> str:
    """Return under which subject the figures of a process are kept."""
    return f"process:{process}"


def report_samples(report: ProcessReport) -> tuple[Sample, ...]:
    """Return the figures of a report."""
    queues = {f"queue_{name}": depth for name, depth in report.queues.items()}
    figures: dict[str, float | None] = {
        "uptime_s": report.uptime_s,
        "cpu_percent": report.cpu_percent,
        "rss_bytes": report.rss_bytes,
        "loop_lag_ms": report.loop_lag_ms,
        **queues,
        **report.figures,
    }
    return samples_of(subject_of(report.process), report.reported_at, figures)


ITEM = "item"
FAILING = "failing"


def failure_samples(process: str, item: str, at: datetime, value: float) -> tuple[Sample, ...]:
    """Return whether an item of a process fails: 1 while it does, 0 when it works again."""
    return samples_of(f"{ITEM}:{process}: {item}"[:_MAX_SUBJECT], at, {FAILING: value})


def snapshot_samples(standing: ProcessSnapshot) -> tuple[Sample, ...]:
    """Return the figures of a standing. `down`: it ended, and is not back; not before its start."""
    figures = {
        "down": float(standing.state == _WAITING and standing.restarts > 0),
        "given_up": float(standing.state == _GIVEN_UP),
        "restarts": float(standing.restarts),
    }
    return samples_of(subject_of(standing.process), standing.reported_at, figures)
