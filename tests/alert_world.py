"""A platform that only reports: samples of its parts, evaluated by the shipped alert rules."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from math import ceil
from pathlib import Path

import msgspec

from config import load_models
from data.collectors.status_samples import CollectorStats
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from tests.builders import BTC, ETH
from tests.fakes import (
    InMemoryAlertRepository,
    InMemoryCollectorStatusRepository,
    InMemoryStore,
    InMemoryTelemetryRepository,
)
from utils.alerts import AlertRule, AlertRules, AlertStep, Delivery
from utils.alerts.notify.channel import Channel
from utils.alerts.notify.notifications import ChannelPolicy
from utils.alerts.notify.outbox import AlertOutbox
from utils.alerts.notify.sender import NotificationSender
from utils.alerts.rules.evaluator import AlertEvaluator
from utils.alerts.rules.transitions import NotificationPolicy
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures
from utils.telemetry import (
    ProcessReport,
    ProcessSnapshot,
    Sample,
    report_samples,
    samples_of,
    snapshot_samples,
)
from utils.telemetry.source import Sampler, SampleSource

RULES = Path(__file__).parents[1] / "config" / "alerts"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY_S = 10.0
PROCESSES = (
    "main",
    "health",
    "collectors",
    "okx-spot",
    "dashboard",
    "strategies",
    "bots",
    "maintenance",
)
HEALTHY: dict[str, dict[str, float]] = {
    "postgresql": {
        "up": 1,
        "answer_ms": 4,
        "longest_query_s": 0.1,
        "longest_transaction_s": 1,
        "connections_waiting": 0,
        "connections_share": 0.2,
        "cache_hit_ratio": 0.99,
        "jobs_failed": 0,
    },
    "redis": {"up": 1, "answer_ms": 0.3, "memory_share": 0.1},
    "host": {
        "cpu_percent": 20,
        "memory_available_share": 0.5,
        "disk_free_bytes": 5e10,
        "disk_full_in_s": 1e7,
        "clock_jump_s": 0.001,
    },
    "table:trade": {"dead_ratio": 0.01},
    "signals": {"behind_s": 0, "skipping": 0},
    "bots": {"unanswered_s": 0},
    "bot:scout": {"degraded": 0, "failed": 0},
    f"stream:{BTC}": {"holes_deferred": 0, "holes_unrecoverable": 0},
}
"""The samples of healthy servers, machine, strategies and bots; the rest is reported."""


@cache
def shipped_rules() -> list[AlertRule]:
    """Return the rules that come with the platform."""
    return [rule for rule_file in load_models(RULES, AlertRules) for rule in rule_file.rules]


class Memory(Channel):
    """A channel that stores its deliveries."""

    name = "memory"

    def __init__(self) -> None:
        self.sent: list[Delivery] = []

    def send(self, delivery: Delivery) -> None:
        self.sent.append(delivery)


@dataclass
class World:
    """All reporting parts, and the parts of the health service over a store in memory.

    `figures` are metrics of the sources here, `own` metrics of processes about themselves;
    `silent` names processes and collectors that do not report.
    """

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    source_metrics: dict[str, dict[str, float]] = field(
        default_factory=lambda: {subject: dict(values) for subject, values in HEALTHY.items()}
    )
    own: dict[str, dict[str, float]] = field(
        default_factory=lambda: {"health": {"deliveries_failed": 0}}
    )
    restarts: dict[str, int] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    steps: list[AlertStep] = field(default_factory=list)
    channel_policies: tuple[ChannelPolicy, ...] = (ChannelPolicy(channel="memory"),)
    rules: tuple[AlertRule, ...] = field(default_factory=lambda: tuple(shipped_rules()))

    def __post_init__(self) -> None:
        self.telemetry = InMemoryTelemetryRepository(self.store, self.clock)
        self.alerts = InMemoryAlertRepository(self.store)
        self.statuses = InMemoryCollectorStatusRepository(self.store)
        self.channel = Memory()
        self.collector = a_status()
        self.start_health()

    def start_health(self) -> None:
        """Start the health service, or restart it."""
        outbox = AlertOutbox(self.alerts)
        self.evaluator = AlertEvaluator(
            self.rules,
            self.telemetry,
            self.alerts,
            outbox,
            self.channel_policies,
            NotificationPolicy(),
            self.clock,
        )
        self.sender = NotificationSender(outbox, [self.channel], self.clock)
        collectors = CollectorStats(self.statuses)
        self.sampler = Sampler(
            [
                SampleSource(name="measured", read=self._measured),
                SampleSource(name="collectors", read=collectors.read),
            ],
            Isolation("health", self.clock, ItemFailures()),
        )

    def run(
        self,
        seconds: float,
        each: Callable[[], object] = lambda: None,
        *,
        every_s: float = EVERY_S,
    ) -> set[str]:
        """Advance the clock; return the rules of the alerts that opened meanwhile."""
        opened: set[str] = set()
        for _ in range(ceil(seconds / every_s)):
            self.clock.advance(every_s)
            each()
            if self.store.available:
                self._report()
            step = self.evaluator.poll(self.sampler.gather(self.clock.now()))
            self.sender.send_due()
            self.steps.append(step)
            opened |= {alert.rule for alert in step.opened}
        return opened

    def open(self) -> set[str]:
        """Return the rules of the open alerts in the store."""
        return {alert.rule for alert in self.alerts.open()}

    def notifications_of(self, rule: str) -> list[str]:
        """Return the kinds of the notifications that were sent of a rule."""
        return [str(each.kind) for each in self.channel.sent if each.rule == rule]

    def _measured(self, now: datetime) -> list[Sample]:
        return [
            s for name, values in self.source_metrics.items() for s in samples_of(name, now, values)
        ]

    def _report(self) -> None:
        now = self.clock.now()
        for process in PROCESSES:
            snapshot = ProcessSnapshot(
                process=process,
                supervisor="main",
                state=self.states.get(process, "running"),
                since=NOON,
                reported_at=now,
                restarts=self.restarts.get(process, 0),
            )
            self.telemetry.save_snapshots([snapshot])
            self.telemetry.record(snapshot_samples(snapshot))
            if process not in self.silent:
                report = self._report_of(process, now)
                self.telemetry.report(report)
                self.telemetry.record(report_samples(report))
        if self.collector.name not in self.silent:
            self.collector = msgspec.structs.replace(
                self.collector, reported_at=now, frames=self.collector.frames + 80
            )
            self.statuses.save([self.collector])

    def _report_of(self, process: str, now: datetime) -> ProcessReport:
        own = dict(self.own.get(process, {}))
        return ProcessReport(
            process=process,
            pid=1,
            started_at=NOON,
            reported_at=now,
            cpu_percent=2.0,
            rss_bytes=int(own.pop("rss_bytes", 150e6)),
            loop_lag_ms=own.pop("loop_lag_ms", 3.0),
            metrics=own,
        )


def a_status() -> CollectorStatus:
    """Return the status of a healthy collector."""
    streams = [
        StreamStatus(instrument=name, state=StreamState.LIVE, trades=10, last_received_at=NOON)
        for name in (BTC, ETH)
    ]
    return CollectorStatus(
        name="okx-spot-1",
        exchange="okx",
        endpoint="wss://exchange",
        state=CollectorState.LIVE,
        since=NOON,
        reported_at=NOON,
        pid=7,
        clock_offset_ms=12.0,
        streams=streams,
    )
