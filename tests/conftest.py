"""Fixtures of all tests: real servers, recordings."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from hypothesis import HealthCheck, settings
from psycopg2.errors import ObjectInUse
from sqlalchemy.engine import URL, make_url
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from scripts.benchmarks.wasm_server import missing_wasm_requirement, wasm_server
from utils.compiled_cache import compiled_cache

ROOT = Path(__file__).parents[1]
# Read before the first test: some tests change the environment.
OUTSIDE = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
OUTSIDE_TIMESCALE = os.environ.get("TEST_TIMESCALE_URL")

# A busy machine is slow now and then: no example fails because of that.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with slow files: the others fill the time beside them. Skip what must not run.

    If outside servers are configured, no embedded one may start.
    """
    items.sort(key=_is_in_a_quick_file)
    if not any(OUTSIDE):
        return
    for item in items:
        if item.get_closest_marker("embedded"):
            item.add_marker(pytest.mark.skip(reason="outside servers are named"))


def _is_in_a_quick_file(item: pytest.Item) -> bool:
    file = item.getparent(pytest.Module)
    return file is None or all(mark.name != "slow" for mark in file.own_markers)


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL and a Redis to test against; scratch databases are made inside."""

    database_url: str
    redis_url: str


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Yield the servers named by DATABASE_URL and REDIS_URL, else embedded ones."""
    database_url, redis_url = OUTSIDE
    if database_url and redis_url:
        yield Servers(database_url, redis_url)
        return
    from database.embedded import embedded_servers

    with embedded_servers(tmp_path_factory.mktemp("servers")) as embedded:
        _disable_fsync(make_url(embedded.database_url))
        yield Servers(database_url or embedded.database_url, redis_url or embedded.redis_url)


def _disable_fsync(server: URL) -> None:
    """Commit without waiting for the disk: these servers need not survive a power cut."""
    superuser = server.set(username="postgres")
    for setting in ("fsync", "full_page_writes"):
        _run_in(superuser, f"ALTER SYSTEM SET {setting} = off")
    _run_in(superuser, "SELECT pg_reload_conf()")


def _run_in(url: URL, statement: str) -> None:
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def database_url(servers: Servers) -> Iterator[str]:
    """Yield the URL of an empty scratch database of this module."""
    with scratch_database(servers.database_url) as url:
        yield url


@pytest.fixture(scope="session")
def timescale_url() -> Iterator[str]:
    """Yield the URL of a database with TimescaleDB; skip where there is none."""
    if OUTSIDE_TIMESCALE is not None:
        with scratch_database(OUTSIDE_TIMESCALE) as url:
            yield url
        return
    if (missing := missing_wasm_requirement()) is not None:
        pytest.skip(f"no TimescaleDB: {missing}")
    with wasm_server() as server:
        # The extension is not preloaded there, so the platform would not create it.
        _run_in(make_url(server.url), "CREATE EXTENSION timescaledb")
        yield server.url


@contextmanager
def scratch_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database, a copy of a template to which nothing is connected."""
    server = make_url(server_url)
    name = f"truetape_test_{uuid.uuid4().hex[:12]}"
    _run_in(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _drop(server, name)


@retry(retry=retry_if_exception_type(ObjectInUse), stop=stop_after_attempt(5), reraise=True)
def _drop(server: URL, name: str) -> None:
    """Drop a database, and terminate its clients.

    WITH (FORCE) fails while a vacuum worker uses it, which only a superuser may terminate; without
    it the server terminates that worker itself.
    """
    clients = f"datname = '{name}' AND backend_type = 'client backend'"
    _run_in(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {clients}")
    _run_in(server, f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """Return the URL of a shared Redis; use `bus_prefix` to isolate a test."""
    return servers.redis_url


@pytest.fixture
def bus_prefix() -> str:
    """Return a unique channel prefix for this test."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def warm_dir(tmp_path: Path) -> Path:
    """Return a data directory whose compiled code is this user's own: made once, not per test."""
    (tmp_path / "compiled").symlink_to(compiled_cache().folder.parent)
    return tmp_path


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of real recordings; skip where there is none."""
    folder = Path(os.environ.get("TRUETAPE_RECORDINGS", ROOT.parent / "shared" / "data"))
    if not (folder / "tape").is_dir():
        pytest.skip("no recordings: TRUETAPE_RECORDINGS names their folder")
    return folder
