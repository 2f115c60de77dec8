"""Monitoring: liveness, readiness, metrics."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard.security.keys import Keys
from tests.dashboard_world import World, a_user
from tests.fakes import InMemoryTelemetryRepository
from tests.fakes.bus import InMemoryAsyncBus
from tests.web import a_client, a_server
from utils.messaging import AsyncBus, BusUnavailable, Topic
from utils.telemetry import samples_of


class OfflineBus(InMemoryAsyncBus):
    """A bus that is unavailable while its flag is set."""

    away = False

    async def publish(self, topic: Topic[object], key: str, value: object) -> None:  # type: ignore[override]
        if self.away:
            raise BusUnavailable("away")
        await super().publish(topic, key, value)


def client_of(world: World, bus: AsyncBus, keys: Keys | None = None) -> httpx.AsyncClient:
    return a_client(a_server(keys, world, bus))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def bus(world: World) -> OfflineBus:
    return OfflineBus(world.bus)


@pytest.fixture
async def client(world: World, bus: OfflineBus) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(world, bus) as client:
        yield client


async def test_a_server_is_ready_if_database_and_bus_answer(
    world: World, bus: OfflineBus, client: httpx.AsyncClient
) -> None:
    async def readiness() -> tuple[int, dict[str, str]]:
        answer = await client.get("/readyz")
        return answer.status_code, answer.json()

    assert await readiness() == (200, {"database": "ok", "bus": "ok"})
    world.store.available = False
    assert await readiness() == (503, {"database": "away", "bus": "ok"})
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/metrics")).status_code == 503
    world.store.available, bus.away = True, True
    assert await readiness() == (503, {"database": "ok", "bus": "away"})


async def test_prometheus_can_read_every_metric(world: World, client: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    telemetry = InMemoryTelemetryRepository(world.store)
    telemetry.record(samples_of("process:bots", now, {"rss_bytes": 1e8, "turn_p95_ms": 3}))
    telemetry.record(samples_of('stream:okx:"B\nT"', now, {"age_s": 2.5, "1/odd name": 1}))
    answer = await client.get("/metrics")
    found = {
        (sample.name, sample.labels.get("kind"), sample.labels.get("subject")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert answer.headers["content-type"].startswith("text/plain")
    assert found["truetape_rss_bytes", "process", "bots"] == 1e8
    assert found["truetape_age_s", "stream", 'okx:"B\nT"'] == 2.5
    assert ("truetape_1_odd_name", "stream", 'okx:"B\nT"') in found


async def test_metrics_are_behind_the_login_and_readiness_is_not(
    world: World, bus: OfflineBus
) -> None:
    async with client_of(world, bus, Keys(users=(a_user(),))) as client:
        assert (await client.get("/metrics")).status_code == 303
        assert (await client.get("/readyz")).status_code == 200
