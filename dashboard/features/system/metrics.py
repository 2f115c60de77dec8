"""The routes `/readyz` and `/metrics`, which has the text format of Prometheus."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dashboard.live.header_feed import PULSE, Pulse
from dashboard.live.hub import LiveHub
from dashboard.thread_pools import Purpose, ThreadPools, caller_context
from utils.alerts import Alert, AlertRepository, Severity
from utils.clock import Clock, SystemClock
from utils.errors import ExternalServiceError
from utils.isolation import ItemFailures
from utils.messaging import AsyncBus
from utils.telemetry import Sample, TelemetryRepository
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters

PREFIX = "truetape_"
FRESH_FOR = timedelta(minutes=2)
_BEAT_S = 0.5
_NOT_READY = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringContext:
    """The stored metrics of the platform, and the meters of this process."""

    telemetry: TelemetryRepository
    alerts: AlertRepository
    meters: Meters = field(default_factory=Meters)
    failures: ItemFailures = field(default_factory=ItemFailures)
    heartbeat: Heartbeat = field(default_factory=lambda: Heartbeat(SystemClock(), _BEAT_S))


def add_metrics_routes(
    server: FastAPI,
    monitoring: MonitoringContext,
    hub: LiveHub,
    bus: AsyncBus,
    clock: Clock,
    thread_pools: ThreadPools,
) -> None:
    """Serve monitoring: `/readyz` is public and returns the state of each part, `/metrics` needs
    the same rights as a page.
    """
    monitoring.meters.watch("sockets", lambda: hub.subscribers)
    monitoring.meters.watch("queue_live", lambda: hub.waiting)

    @server.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        parts = {
            "database": await _database_answers(monitoring, clock, thread_pools),
            "bus": await _bus_answers(bus, hub),
        }
        states = {name: "ok" if is_ok else "away" for name, is_ok in parts.items()}
        return JSONResponse(states, 200 if all(parts.values()) else _NOT_READY)

    @server.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        try:
            text = await thread_pools.run(_current_exposition, monitoring, clock)
        except ExternalServiceError:
            return PlainTextResponse("the database is unavailable\n", _NOT_READY)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def _current_exposition(monitoring: MonitoringContext, clock: Clock) -> bytes:
    samples = monitoring.telemetry.latest(clock.now() - FRESH_FOR)
    return exposition(samples, monitoring.alerts.open())


async def _database_answers(
    monitoring: MonitoringContext, clock: Clock, thread_pools: ThreadPools
) -> bool:
    try:
        with caller_context("", Purpose.HEALTH):
            await thread_pools.run(monitoring.telemetry.latest, clock.now())
    except ExternalServiceError:
        return False
    return True


async def _bus_answers(bus: AsyncBus, hub: LiveHub) -> bool:
    try:
        await bus.publish(PULSE, hub.epoch, Pulse())
    except ExternalServiceError:
        return False
    return True


def exposition(samples: Iterable[Sample], alerts: Sequence[Alert]) -> bytes:
    """Return one gauge per metric, labelled by kind and subject, and the number of open alerts.

    Counters are gauges, too: they hold the last stored value, and a restarted process counts
    from zero.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_SampleCollector(samples, alerts))
    return generate_latest(registry)


class _SampleCollector(Collector):
    def __init__(self, samples: Iterable[Sample], alerts: Sequence[Alert]) -> None:
        self._samples = samples
        self._alerts = alerts

    def collect(self) -> Iterator[Metric]:
        by_name: dict[str, list[Sample]] = defaultdict(list)
        for sample in self._samples:
            by_name[re.sub(r"\W", "_", sample.name)].append(sample)
        for name, samples in sorted(by_name.items()):
            yield _gauge(name, samples)
        yield _open_alerts(self._alerts)


def _gauge(name: str, samples: Iterable[Sample]) -> Metric:
    gauge = GaugeMetricFamily(
        f"{PREFIX}{name}", f"{name}, as last reported", labels=["kind", "subject"]
    )
    for sample in samples:
        kind, _, subject = sample.subject.partition(":")
        gauge.add_metric([kind, subject], sample.value)
    return gauge


def _open_alerts(alerts: Sequence[Alert]) -> Metric:
    counts = Counter(alert.severity for alert in alerts)
    gauge = GaugeMetricFamily(f"{PREFIX}alerts_open", "Open alerts", labels=["severity"])
    for severity in Severity:
        gauge.add_metric([severity], counts[severity])
    return gauge
