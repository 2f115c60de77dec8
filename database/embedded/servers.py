"""Both servers for the duration of a block: for tests and single commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from database.embedded.home import server_home
from database.embedded.instance import own
from database.embedded.postgres import PostgresServer
from database.embedded.valkey import ValkeyServer
from utils.clock import SystemClock
from utils.supervision import Supervisor


@dataclass(frozen=True, slots=True)
class EmbeddedServers:
    """The addresses of the two servers."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path) -> Iterator[EmbeddedServers]:
    """Own a data directory and run both servers in it; they are not restarted meanwhile.

    Enter from a thread that outlives the block. Raises EmbeddedError, ProcessGaveUp.
    """
    with (
        own(data_dir) as instance,
        server_home(instance.data_dir) as home,
        Supervisor(clock=SystemClock()) as supervisor,
    ):
        postgres, valkey = PostgresServer(home=home), ValkeyServer(home=home)
        supervisor.start(postgres, valkey)
        yield EmbeddedServers(postgres.url, valkey.url)
