"""The routes `/readyz` and `/metrics`."""

from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dashboard.api.exposition import exposition
from dashboard.live.header_feed import PULSE, Pulse
from dashboard.live.hub import LiveHub
from dashboard.thread_pools import Purpose, ThreadPools, caller_context
from utils.alerts import AlertRepository
from utils.clock import Clock, SystemClock
from utils.errors import ExternalServiceError
from utils.isolation import ItemFailures
from utils.messaging import AsyncBus
from utils.telemetry import TelemetryRepository
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.meters import Meters

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
    slots: ThreadPools,
) -> None:
    """Serve monitoring: `/readyz` is public and returns the state of each part, `/metrics` needs
    the same rights as a page.
    """
    monitoring.meters.watch("sockets", lambda: hub.subscribers)
    monitoring.meters.watch("queue_live", lambda: hub.waiting)

    @server.get("/readyz", include_in_schema=False)
    async def ready() -> Response:
        parts = {
            "database": await _database_answers(monitoring, clock, slots),
            "bus": await _bus_answers(bus, hub),
        }
        states = {name: "ok" if is_ok else "away" for name, is_ok in parts.items()}
        return JSONResponse(states, 200 if all(parts.values()) else _NOT_READY)

    @server.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        try:
            text = await slots.read(_exposition, monitoring, clock)
        except ExternalServiceError:
            return PlainTextResponse("the database is unavailable\n", _NOT_READY)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def _exposition(monitoring: MonitoringContext, clock: Clock) -> bytes:
    samples = monitoring.telemetry.latest(clock.now() - FRESH_FOR)
    return exposition(samples, monitoring.alerts.open())


async def _database_answers(
    monitoring: MonitoringContext, clock: Clock, slots: ThreadPools
) -> bool:
    try:
        with caller_context("", Purpose.HEALTH):
            await slots.read(monitoring.telemetry.latest, clock.now())
    except ExternalServiceError:
        return False
    return True


async def _bus_answers(bus: AsyncBus, hub: LiveHub) -> bool:
    try:
        await bus.publish(PULSE, hub.epoch, Pulse())
    except ExternalServiceError:
        return False
    return True
