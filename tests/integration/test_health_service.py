"""The health service over real servers that are cut off: notified at once, stored afterwards."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from config import Secret, Settings
from database import open_database
from database.migrate import migrate
from database.repositories.alerts import SqlAlertRepository
from database.repositories.telemetry import SqlTelemetryRepository
from database.stats import PostgresStats, RedisStats
from scripts.composition.location import with_data_dir
from scripts.composition.servers import with_servers
from scripts.services.health import open_health, open_health_database
from tests.fakes.web import FakeWeb
from tests.integration.proxy import database_proxy, redis_proxy
from utils.alerts import DeliveryState
from utils.telemetry.reporter import Vitals

pytestmark = pytest.mark.integration

CANARY = "c4n4ry-5ecret"
TIMEOUT_S = 60.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
RULES = [
    {"name": name, "kind": "threshold", "subject": subject, "metric": "up", "below": 1,
     "clear_s": 0, "summary": f"{subject} is away"}
    for name, subject in (("database-down", "postgresql"), ("redis-down", "redis"))
]  # fmt: skip


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    with (
        open_health_database(settings) as database,
        open_health(settings, Vitals(process="health"), database) as service,
    ):
        thread = threading.Thread(target=service.run, args=(stop, 0.1))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    with FakeWeb().running() as web:
        yield web


def settings_with(tmp_path: Path, web: FakeWeb, database_url: str, redis_url: str) -> Settings:
    (tmp_path / "rules.json").write_text(json.dumps({"rules": RULES}))
    settings = with_data_dir(
        with_servers(Settings(), database_url=database_url, redis_url=redis_url), tmp_path
    )
    url = Secret(f"{web.url}/{CANARY}")
    return settings.model_copy(
        update={
            "folders": settings.folders.model_copy(update={"alerts_dir": tmp_path}),
            "alerts": settings.alerts.model_copy(update={"webhook_url": url}),
        }
    )


def notifications(web: FakeWeb) -> list[tuple[str, str]]:
    return [(message["rule"], message["kind"]) for _, message in web.requests]


def test_a_cut_off_server_is_reported_while_it_is_away_and_stored_when_it_is_back(
    tmp_path: Path, web: FakeWeb, database_url: str, redis_url: str
) -> None:
    migrate(database_url)
    database = open_database(database_url)
    alerts = SqlAlertRepository(database)
    with (
        database_proxy(database_url) as (database_wire, near_database),
        redis_proxy(redis_url) as (redis_wire, near_redis),
        at_work(settings_with(tmp_path, web, near_database, near_redis)),
    ):
        wait_for(lambda: bool(SqlTelemetryRepository(database).latest(LONG_AGO)))
        assert web.requests == []
        redis_wire.cut()
        wait_for(lambda: notifications(web) == [("redis-down", "opened")])
        database_wire.cut()
        wait_for(lambda: notifications(web)[1:] == [("database-down", "opened")])
        redis_wire.restore()
        wait_for(lambda: notifications(web)[2:] == [("redis-down", "resolved")])
        database_wire.restore()
        wait_for(lambda: notifications(web)[3:] == [("database-down", "resolved")])
        wait_for(lambda: not alerts.open() and len(alerts.deliveries(99)) == 12)
    sent = [each for each in alerts.deliveries(99) if each.channel == "webhook"]
    assert {each.state for each in sent} == {DeliveryState.SENT}
    assert all(CANARY not in repr(each) for each in alerts.deliveries(99))
    found = alerts.history(LONG_AGO, datetime.now(UTC) + timedelta(days=1), 9)
    assert {alert.rule for alert in found if alert.resolved_at} == {"redis-down", "database-down"}
    database.close()


def test_real_servers_report_their_metrics(database_url: str, redis_url: str) -> None:
    migrate(database_url)
    now = datetime.now(UTC)
    database, redis = open_database(database_url), RedisStats(redis_url)
    postgres = PostgresStats(database)
    samples = [*postgres.read_quickly(now), *postgres.read_thoroughly(now), *redis.read(now)]
    metrics = {(one.subject, one.name): one.value for one in samples}
    redis.close()
    database.close()
    assert metrics["postgresql", "up"] == metrics["redis", "up"] == 1
    assert metrics["postgresql", "size_bytes"] > 1_000_000
    assert 0 < metrics["postgresql", "connections_share"] < 1
    assert metrics["table:trade", "index_bytes"] > 0
    assert metrics["redis", "clients"] >= 1
    assert metrics["redis", "memory_bytes"] > 0


def test_an_uncommitted_lock_shows_in_the_metrics(database_url: str) -> None:
    migrate(database_url)
    database = open_database(database_url)
    holder, waiter = (database.engine.connect() for _ in range(2))
    holder.execute(text("LOCK TABLE alert IN ACCESS EXCLUSIVE MODE"))
    thread = threading.Thread(target=waiter.execute, args=(text("SELECT * FROM alert"),))
    thread.start()
    postgres = PostgresStats(database)

    def waits() -> bool:
        samples = postgres.read_quickly(datetime.now(UTC))
        return {one.name: one.value for one in samples}["connections_waiting"] == 1

    try:
        wait_for(waits)
    finally:
        holder.rollback()
        thread.join()
        for connection in (holder, waiter):
            connection.close()
        database.close()
