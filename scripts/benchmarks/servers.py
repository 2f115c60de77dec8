"""Servers for benchmarks: configured or embedded ones, and a scratch database."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from sqlalchemy.engine import make_url

from config import load_settings
from database.embedded import embedded_servers
from database.migrate import migrate


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a temporary database on a server, migrated to head."""
    url = make_url(server_url)
    name = f"truetape_bench_{uuid.uuid4().hex[:8]}"
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        try:
            scratch = url.set(database=name).render_as_string(hide_password=False)
            migrate(scratch)
            yield scratch
        finally:
            connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """Yield the URLs of DATABASE_URL and REDIS_URL, or of embedded servers."""
    settings = load_settings()
    if settings.database.url and settings.redis.url:
        yield settings.database.url.reveal(), settings.redis.url.reveal()
        return
    with tempfile.TemporaryDirectory() as folder, embedded_servers(Path(folder)) as embedded:
        yield embedded.database_url, embedded.redis_url
