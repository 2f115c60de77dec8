"""Every bad input of the tables is answered by a clear error, and changes nothing stored."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp
from typer.testing import CliRunner

from scripts.cli.app import app
from tests.bad_inputs.commands import COMMANDS, FILE, FOLDER, NAMES, BadCommand
from tests.bad_inputs.documents import DOCUMENTS
from tests.bad_inputs.imported_files import CANDLES, IMPORTED_FILES, TRADES
from tests.bad_inputs.refusals import refusal_faults
from tests.bad_inputs.requests import REQUESTS, BadRequest
from tests.bad_inputs.settings import SETTINGS
from tests.bad_inputs.sockets import MESSAGES
from tests.bad_inputs.strategy_files import STRATEGY_FILES
from tests.integration.dashboard_platform import Platform, open_platform
from tests.web import HOST, ORIGIN

pytestmark = pytest.mark.integration

# No answer takes this long: far more than a busy machine needs.
BOUND_S = 60.0
REFUSALS = (400, 404, 409, 413, 422)


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> Iterator[Platform]:
    with open_platform(tmp_path_factory.mktemp("data"), database_url, redis_url) as platform:
        yield platform


@pytest.mark.parametrize("route", dict.fromkeys(row.route for row in REQUESTS))
async def test_bad_requests_are_refused(platform: Platform, route: str) -> None:
    transport = httpx.ASGITransport(platform.server, raise_app_exceptions=False)  # type: ignore[arg-type]
    address = f"http://{HOST}"
    async with httpx.AsyncClient(transport=transport, base_url=address, headers=ORIGIN) as client:
        rows = [row for row in REQUESTS if row.route == route]
        faults = [f"{row.id}: {each}" for row in rows async for each in _answered(client, row)]
    assert "\n".join(faults) == ""
    platform.require_unchanged()


async def _answered(client: httpx.AsyncClient, row: BadRequest) -> AsyncIterator[str]:
    async with asyncio.timeout(BOUND_S):
        answer = await client.request(row.method, row.target, content=row.body)
    if answer.status_code not in (*REFUSALS, *([200] if row.is_check else [])):
        yield f"status {answer.status_code}: {answer.text[:200]}"
        return
    for fault in refusal_faults(_problem_of(answer), row.names):
        yield fault


def _problem_of(answer: httpx.Response) -> str:
    """Return the sentences of an answer that describe the problem."""
    payload = answer.json()
    if "problem" in payload:
        return str(payload["problem"])
    return "; ".join(f"{one['field']}: {one['text']}" for one in payload["problems"])


@pytest.mark.parametrize("command", NAMES)
def test_bad_command_lines_are_refused(platform: Platform, tmp_path: Path, command: str) -> None:
    file, folder = tmp_path / "trades.csv", tmp_path / "folder"
    file.write_text("id,time,price,size,side\n1,1736121600000,100,1,buy\n")
    folder.mkdir()
    rows = [row for row in COMMANDS if row.command == command]
    faults = [
        f"{row.id}: {each}"
        for row in rows
        for each in _ended(platform, row, str(file), str(folder))
    ]
    assert "\n".join(faults) == ""
    assert list(folder.iterdir()) == []
    platform.require_unchanged()


class _NoEnd(Exception):
    """A command goes on and on."""


@contextmanager
def time_limit() -> Iterator[None]:
    """Interrupt what never ends."""

    def interrupt(*_: object) -> None:
        raise _NoEnd(f"has not ended within {BOUND_S:.0f} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, BOUND_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ended(platform: Platform, row: BadCommand, file: str, folder: str) -> Iterator[str]:
    arguments = [word.replace(FILE, file).replace(FOLDER, folder) for word in row.arguments]
    with time_limit():
        result = CliRunner().invoke(
            app, [*row.command.split(), *arguments], env=platform.environment, input=row.typed
        )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield f"{type(result.exception).__name__}: {str(result.exception)[:200]}"
        return
    if result.exit_code != row.code:
        yield f"ends with {result.exit_code}, not {row.code}: {result.output[:200]!r}"
    yield from refusal_faults(result.stderr, row.names)


@pytest.mark.parametrize("name", MESSAGES)
async def test_bad_messages_end_their_socket_alone(platform: Platform, name: str) -> None:
    sent = await send_message(platform.server, MESSAGES[name])
    assert sent[0]["type"] == "websocket.accept"
    closed = sent[-1]
    assert (closed["type"], closed.get("code")) == ("websocket.close", 4400), sent
    assert str(closed["reason"]).strip()
    assert "Traceback" not in str(closed["reason"])


async def send_message(server: ASGIApp, message: bytes) -> list[dict[str, object]]:
    """Send a message on `/live`; return what the server sends until it closes."""
    sent: list[dict[str, object]] = []
    closed = asyncio.Event()
    incoming = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": message.decode()},
    ]

    async def send(answer: dict[str, object]) -> None:
        sent.append(answer)
        if answer["type"] == "websocket.close":
            closed.set()

    async def receive() -> dict[str, object]:
        if incoming:
            return incoming.pop(0)
        await closed.wait()
        return {"type": "websocket.disconnect", "code": 1000}

    scope = {
        "type": "websocket", "path": "/live", "query_string": b"", "subprotocols": [],
        "headers": [(b"host", HOST.encode()), (b"origin", ORIGIN["origin"].encode())],
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    async with asyncio.timeout(BOUND_S):
        await server(scope, receive, send)  # type: ignore[arg-type]
    return sent


@pytest.mark.parametrize("kind", [TRADES, CANDLES])
def test_bad_imported_files_are_refused(platform: Platform, tmp_path: Path, kind: str) -> None:
    faults = [
        f"{name}: {each}"
        for name, (script, content, names) in IMPORTED_FILES.items()
        if script == kind
        for each in _imported(platform, tmp_path / "file.csv", kind, content, names)
    ]
    assert "\n".join(faults) == ""
    platform.require_unchanged()


def _imported(
    platform: Platform, file: Path, kind: str, content: bytes, names: tuple[str, ...]
) -> Iterator[str]:
    file.write_bytes(content)
    arguments = [str(file), "--exchange", "kraken", "--symbol", "XBT-USDT"]
    options = ["--timeframe", "1m"] if kind == CANDLES else []
    with time_limit():
        result = CliRunner().invoke(
            app, ["data", kind, *arguments, *options], env=platform.environment
        )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        yield f"{type(result.exception).__name__}: {str(result.exception)[:200]}"
    elif result.exit_code not in (1, 2):
        yield f"ends with {result.exit_code}: {result.output[:200]!r}"
    else:
        yield from refusal_faults(result.output, names)


def test_there_are_more_than_five_hundred_bad_inputs() -> None:
    tables = (REQUESTS, COMMANDS, IMPORTED_FILES, MESSAGES, SETTINGS, DOCUMENTS, STRATEGY_FILES)
    assert all(len(table) > 10 for table in tables)
    assert sum(map(len, tables)) > 500
