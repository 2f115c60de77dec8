"""The dashboard as a process of its own, over real servers."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import make_url
from websockets.sync.client import connect

from dashboard.security.key_file import FILE_NAME, KeyFile
from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from data import TapeBatch
from data.topics import TRADES, TapeAdvanced
from database import (
    SqlInstrumentRepository,
    SqlTradeRepository,
    open_bus,
    open_database,
)
from database.migrate import migrate
from tests.builders import BTC, a_trade, an_instrument
from tests.ports import free_port
from utils.clock import SystemClock

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 120.0


@pytest.fixture(scope="module")
def store_url(database_url: str) -> str:
    """Return a database with the schema, one instrument and one trade."""
    migrate(database_url)
    database = open_database(database_url)
    SqlInstrumentRepository(database).save([an_instrument()])
    _commit(database_url, 1)
    database.close()
    return database_url


def _commit(url: str, trade_id: int) -> TapeAdvanced:
    database = open_database(url)
    writer = SqlTradeRepository(database).open_writer()
    writer.claim([BTC])
    trade = a_trade(trade_id, price=str(100 + trade_id), at_s=trade_id)
    writer.commit([TapeBatch(instrument=BTC, trades=[trade])])
    writer.close()
    database.close()
    return TapeAdvanced(
        instrument=BTC,
        first=trade.cursor,
        last=trade.cursor,
        previous_id=trade_id - 1 or None,
        count=1,
        trades=[trade],
    )


def start(
    folder: Path,
    store_url: str,
    redis_url: str,
    prefix: str,
    *arguments: str,
    password_hash: str = "",
) -> subprocess.Popen[str]:
    """Start the command with these servers; its output is kept."""
    environment = {
        **os.environ,
        "DATABASE_URL": store_url,
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": prefix,
        "DATA_DIR": str(folder),
        "DASHBOARD_PASSWORD_HASH": password_hash,
    }
    return subprocess.Popen(
        [sys.executable, "scripts/start_dashboard.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_until_served(port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/healthz")
                assert connection.getresponse().status == 200
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture
def serving(
    warm_dir: Path, store_url: str, redis_url: str, bus_prefix: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Yield a running dashboard and its port."""
    port = free_port()
    process = start(warm_dir, store_url, redis_url, bus_prefix, "--port", str(port))
    try:
        wait_until_served(port)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def test_it_shows_what_is_stored_and_then_published_and_stops_with_sockets_open(
    serving: tuple[subprocess.Popen[str], int], store_url: str, redis_url: str, bus_prefix: str
) -> None:
    process, port = serving
    origin = f"http://127.0.0.1:{port}"
    with connect(f"ws://127.0.0.1:{port}/live", origin=origin) as live:  # type: ignore[arg-type]
        live.send('{"type":"watch","topics":["trades.okx:BTC-USDT"]}')
        _receive_until(live, '"101"')
        notification = _commit(store_url, 2)
        bus = open_bus(redis_url, prefix=bus_prefix)
        bus.publish(TRADES, str(BTC), notification)
        bus.close()
        _receive_until(live, '"102"')
        requested_at = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        # A fifth of a second on an idle machine; a busy one takes longer.
        assert time.monotonic() - requested_at < 30


def test_a_worker_of_its_own_computes_indicators_and_ends_with_it(
    serving: tuple[subprocess.Popen[str], int],
) -> None:
    process, port = serving
    before = {child.pid for child in psutil.Process(process.pid).children()}
    since = int(a_trade(1).time.timestamp())
    answer = _request(
        port,
        symbol=str(BTC),
        timeframe="1m",
        since=since - since % 60,
        until=since + 600,
        indicators=[{"id": "a", "indicator": "sma", "parameters": {"length": 1}}],
    )
    assert len(answer["time"]) == 1
    assert answer["indicators"][0]["columns"] in ([[101.0]], [[102.0]])
    workers = {child.pid for child in psutil.Process(process.pid).children()} - before
    assert workers
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    gone = time.monotonic() + 10
    while any(psutil.pid_exists(pid) for pid in workers) and time.monotonic() < gone:
        time.sleep(0.1)
    assert not any(psutil.pid_exists(pid) for pid in workers)


def _request(port: int, **body: object) -> dict[str, Any]:
    origin = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("POST", "/api/v1/charts/values", json.dumps(body), origin)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)  # type: ignore[no-any-return]


def _receive_until(live: object, text: str) -> None:
    deadline = time.monotonic() + 20
    while text not in live.recv(timeout=60):  # type: ignore[attr-defined]
        assert time.monotonic() < deadline, f"{text} never came"


def test_a_busy_port_is_an_error(
    tmp_path: Path, store_url: str, redis_url: str, bus_prefix: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start(tmp_path, store_url, redis_url, bus_prefix, "--port", port)
        output, _ = process.communicate(timeout=STARTS_WITHIN_S)
    assert process.returncode == 2
    assert f"{port} on 127.0.0.1 cannot be used" in output


def test_a_network_requires_a_password(
    tmp_path: Path, store_url: str, redis_url: str, bus_prefix: str
) -> None:
    process = start(tmp_path, store_url, redis_url, bus_prefix, "--host", "0.0.0.0")
    output, _ = process.communicate(timeout=STARTS_WITHIN_S)
    assert process.returncode == 2
    assert "DASHBOARD_PASSWORD_HASH" in output


def test_no_secret_is_shown_anywhere(tmp_path: Path, store_url: str, bus_prefix: str) -> None:
    secret = "canary-4f1c9e"
    store = make_url(store_url).set(password=f"{secret}-database")
    hashed = PasswordHasher(time_cost=1, memory_cost=8192).hash(f"{secret}-password")
    keys = Keys().with_token(token := new_token("prober", Role.ADMIN, SystemClock().now())[0])
    KeyFile(tmp_path / FILE_NAME).save(keys)
    port = free_port()
    process = start(
        tmp_path,
        store.render_as_string(hide_password=False),
        f"redis://:{secret}-redis@127.0.0.1:1/0",
        bus_prefix,
        "--port",
        str(port),
        password_hash=hashed,
    )
    try:
        wait_until_served(port)
        shown = [" ".join(psutil.Process(process.pid).cmdline())]
        form = urlencode({"password": f"{secret}-wrong"})
        shown += _response_text(port, "POST", "/login", form)
        form = urlencode({"password": f"{secret}-password"})
        answer = _response_text(port, "POST", "/login", form)
        cookie = re.search(r"truetape_session_\w+=[^;]+", answer[0])
        assert cookie
        shown += _response_text(port, "POST", "/api/v1/charts/values", '{"symbol": 1}', cookie[0])
        shown += _response_text(
            port, "POST", "/api/v1/charts/layouts/delete", '{"name": "x"}', cookie[0]
        )
        for path in (
            "/",
            "/_dash-layout",
            "/api/v1/access/audit",
            "/api/v1/access/me",
            "/api/v1/backtests",
        ):
            shown += _response_text(port, "GET", path, "", cookie[0])
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
    logs = [path.read_text() for path in (tmp_path / "log").iterdir()]
    everything = "\n".join([*shown, output, *logs])
    assert "/api/v1/charts/layouts/delete" in everything
    for hidden in (secret, hashed, token.digest, cookie[0].partition("=")[2]):
        assert hidden not in everything


def _response_text(
    port: int, method: str, path: str, body: str = "", cookie: str = ""
) -> list[str]:
    """Return the headers and the body of an answer."""
    headers = {"Origin": f"http://127.0.0.1:{port}", "Cookie": cookie}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return [str(answer.headers), answer.read().decode()]
