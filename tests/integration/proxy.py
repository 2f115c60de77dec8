"""A wire between a client and a real server that can be cut, stalled and restored."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url

_BLOCK_BYTES = 1 << 16


class Proxy:
    """Forward every connection to `upstream`; threads, so that blocking clients can be tested."""

    def __init__(self, upstream: str | tuple[str, int]) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._requests_flow, self._replies_flow = threading.Event(), threading.Event()
        self._open = True
        self._changing = threading.Lock()
        self._held_pattern: bytes | None = None
        self.restore()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close every connection, and each new one at once: the server is down."""
        with self._changing:
            self._open = False
            for pair in self._pairs:
                for end in pair:
                    _shut(end)
            self._pairs.clear()

    def stall(self) -> None:
        """Keep every connection open and forward nothing: the server is stopped."""
        self._requests_flow.clear()
        self._replies_flow.clear()

    def hold_reply_to(self, pattern: bytes) -> None:
        """Forward everything until a request with this text: its reply is kept back."""
        self._held_pattern = pattern

    def restore(self) -> None:
        """Forward everything, from now on."""
        self._open = True
        self._held_pattern = None
        self._requests_flow.set()
        self._replies_flow.set()

    def close(self) -> None:
        """End all of it."""
        self._listener.close()
        self.cut()
        self.restore()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._changing:
                if not self._open:
                    _shut(client)
                    continue
                server = self._connect()
                self._pairs.append((client, server))
            self._pump(client, server, self._requests_flow, self._inspect)
            self._pump(server, client, self._replies_flow, lambda _: None)

    def _connect(self) -> socket.socket:
        if isinstance(self._upstream, tuple):
            return socket.create_connection(self._upstream)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._upstream)
        return server

    def _inspect(self, block: bytes) -> None:
        if self._held_pattern is not None and self._held_pattern in block:
            self._replies_flow.clear()

    def _pump(
        self,
        source: socket.socket,
        sink: socket.socket,
        flow: threading.Event,
        see: Callable[[bytes], None],
    ) -> None:
        def forward() -> None:
            with contextlib.suppress(OSError):
                while block := source.recv(_BLOCK_BYTES):
                    see(block)
                    flow.wait()
                    sink.sendall(block)
            _shut(sink)

        threading.Thread(target=forward, daemon=True).start()


@contextmanager
def database_proxy(url: str) -> Iterator[tuple[Proxy, str]]:
    """Yield a proxy before a PostgreSQL, and the URL that leads through it."""
    parsed = make_url(url)
    host, port = parsed.query.get("host") or parsed.host or "127.0.0.1", parsed.port or 5432
    assert isinstance(host, str)
    proxy = Proxy(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    through = parsed.difference_update_query(["host"]).set(host="127.0.0.1", port=proxy.port)
    try:
        yield proxy, through.render_as_string(hide_password=False)
    finally:
        proxy.close()


@contextmanager
def redis_proxy(url: str) -> Iterator[tuple[Proxy, str]]:
    """Yield a proxy before a Redis, and the URL that leads through it."""
    parsed = urlsplit(url)
    unix = parsed.scheme == "unix"
    upstream = (parsed.hostname or "127.0.0.1", parsed.port or 6379)
    proxy = Proxy(unquote(parsed.path) if unix else upstream)
    user = f"{parsed.netloc.rpartition('@')[0]}@" if "@" in parsed.netloc else ""
    try:
        yield proxy, f"redis://{user}127.0.0.1:{proxy.port}/0"
    finally:
        proxy.close()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
