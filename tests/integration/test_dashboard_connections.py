"""The connections of the dashboard, over real servers: one pool, and reads never fill it."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.engine import make_url

from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from dashboard.thread_pools import RESERVED_THREADS
from database import Database, SqlInstrumentRepository, open_database
from database.migrate import migrate
from tests.builders import BTC, an_instrument
from tests.integration.test_dashboard_process import start, wait_until_served
from tests.integration.waits import eventually
from tests.ports import free_port

pytestmark = pytest.mark.integration

READS = 5
"""`DATABASE_POOL_SIZE`: the reads that run at a time."""

OTHERS = 2
"""Reports of the process, and the check of the login at the start."""

WHEN = datetime(2025, 1, 6, tzinfo=UTC)
VIEWER, VIEWERS_TOKEN = new_token("viewer", Role.VIEWER, WHEN)
OTHER_VIEWER, OTHER_VIEWERS_TOKEN = new_token("other", Role.VIEWER, WHEN)
OPERATOR, OPERATORS_TOKEN = new_token("operator", Role.OPERATOR, WHEN)
NAME = "flooded-dashboard"
PASSWORD = "correct horse battery staple"
WITHIN_S = 30.0


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    migrate(database_url)
    with closing(open_database(database_url)) as database:
        SqlInstrumentRepository(database).save([an_instrument()])
        yield database


@pytest.fixture
def port(warm_dir: Path, database_url: str, redis_url: str, bus_prefix: str) -> Iterator[int]:
    """Yield the port of a dashboard whose connections PostgreSQL lists by name."""
    url = make_url(database_url).update_query_dict({"options": f"-c application_name={NAME}"})
    named, port = url.render_as_string(hide_password=False), free_port()
    KeyFile(warm_dir / FILE_NAME).save(Keys(tokens=(VIEWER, OTHER_VIEWER, OPERATOR)))
    hashed = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    arguments = ("--port", str(port))
    process = start(warm_dir, named, redis_url, bus_prefix, *arguments, password_hash=hashed)
    try:
        wait_until_served(port)
        yield port
    finally:
        process.kill()
        process.communicate()


def test_login_command_and_audit_are_done_while_reads_hold_all_their_connections(
    database: Database, port: int
) -> None:
    path = f"/api/v1/candles/newest?symbol={BTC}&timeframe=1m"
    with ThreadPoolExecutor(40) as threads:
        with locked_candles(database):
            flood = [
                threads.submit(status_of, port, "GET", path, token)
                for _ in range(20)
                for token in (VIEWERS_TOKEN, OTHER_VIEWERS_TOKEN)
            ]
            eventually(lambda: waiting_in(database) == READS, within_s=WITHIN_S)

            form = urlencode({"name": "admin", "password": PASSWORD})
            assert status_of(port, "POST", "/login", body=form) == 303
            kill = json.dumps({"command": "kill", "all_bots": True})
            assert status_of(port, "POST", "/api/v1/bots/command", OPERATORS_TOKEN, kill) == 200
            assert status_of(port, "GET", "/readyz", OPERATORS_TOKEN) == 200

            eventually(lambda: {"/login", "/api/v1/bots/command"} <= audited(database))
            assert not any(one.done() for one in flood)
            assert waiting_in(database) == READS
        assert {status(one) for one in flood} == {200}
    assert READS < opened_by_the_dashboard(database) <= READS + RESERVED_THREADS + OTHERS


@contextmanager
def locked_candles(database: Database) -> Iterator[None]:
    """Block every read of candles until the end of the block."""
    with database.session("locking candles") as session:
        session.execute(text("LOCK TABLE candle IN ACCESS EXCLUSIVE MODE"))
        yield


def waiting_in(database: Database) -> int:
    return _count(database, "application_name = :name AND wait_event_type = 'Lock'")


def opened_by_the_dashboard(database: Database) -> int:
    return _count(database, "application_name = :name")


def _count(database: Database, condition: str) -> int:
    statement = text(f"SELECT count(*) FROM pg_stat_activity WHERE {condition}")
    with database.session("counting connections") as session:
        return int(session.scalar(statement, {"name": NAME}) or 0)


def audited(database: Database) -> set[str]:
    with database.session("reading the audit log") as session:
        return set(session.scalars(text("SELECT action FROM audit")))


def status_of(port: int, method: str, path: str, token: str = "", body: str = "") -> int:
    headers = {"Origin": f"http://127.0.0.1:{port}"}
    if token:
        headers |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    elif body:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        return connection.getresponse().status


def status(answer: "Future[int]") -> int:
    return answer.result(timeout=60)
