"""The state of the platform on the System page: tiles, logs, coverage, commands."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from starlette.types import ASGIApp

from dashboard.features.system.logs import AUDIT, MAX_LINES, LogLine, LogQuery, LogReader, LogTail
from dashboard.features.system.overview import Overview, Tile, TileStatus
from dashboard.features.system.quality import known_share
from dashboard.live.frame_outbox import FrameOutbox
from dashboard.live.header_feed import HeaderFeed
from dashboard.live.subscriptions import LiveSubscriptions
from dashboard.live.system_feed import COMMANDS, LOGS, SystemFeed
from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from data import TimeSpan
from data.status import CollectorState, CollectorStatus
from tests.dashboard_platform import an_alert, open_alerts, report_platform, save_snapshots
from tests.dashboard_world import World
from tests.fakes.bus import InMemoryAsyncBus
from tests.web import HOST, ORIGIN, a_client, a_server, socket_messages
from utils.alerts import Severity
from utils.clock import ManualClock
from utils.isolation import Isolation, ItemFailures
from utils.supervision import RestartRequests

DAY = datetime(2026, 11, 2, tzinfo=UTC)


async def read_overview(
    world: World, *, bus_connected: bool = True, reported: Collection[CollectorStatus] = ()
) -> Overview:
    system = world.services().system
    await system.refresh()
    return system.overview(reported, bus_connected=bus_connected, browsers=1)


def tile(overview: Overview, part: str) -> Tile:
    return next(tile for tile in overview.tiles if tile.part == part)


# -- tiles


async def test_a_healthy_platform_is_well_everywhere() -> None:
    world = World()
    report_platform(world)
    overview = await read_overview(world)
    assert {tile.status for tile in overview.tiles} == {TileStatus.OK}
    assert [each.name for each in overview.processes] == [
        "main", "bots", "collectors", "simulated-1", "dashboard", "strategies",
    ]  # fmt: skip
    assert [each.restartable for each in overview.processes][:2] == [False, True]
    assert overview.streams[0].trades_per_s == 4.5
    assert overview.streams[0].lag_ms == 40


async def test_a_process_that_is_down_is_named() -> None:
    world = World()
    report_platform(world, bots="waiting", strategies="failed")
    overview = await read_overview(world)
    assert tile(overview, "Processes").status is TileStatus.DOWN
    assert "bots is waiting" in tile(overview, "Bots").reason


async def test_the_status_of_data_is_that_of_the_feed() -> None:
    world = World()
    report_platform(world)
    world.report(CollectorState.DISCONNECTED, problem="connection refused")
    data = tile(await read_overview(world), "Data")
    assert data.status is TileStatus.DOWN
    assert "Exchange is unreachable: connection refused" in data.reason


async def test_without_the_database_the_last_is_shown_and_reported_to_be_old() -> None:
    world = World()
    report_platform(world)
    system = world.services().system
    await system.refresh()
    world.store.available = False
    await system.refresh()
    new_lines = CollectorStatus(
        name="simulated-1",
        exchange="simulated",
        endpoint="ws://x",
        state=CollectorState.STORE_DOWN,
        since=datetime.now(UTC),
        reported_at=datetime.now(UTC),
        pid=1,
    )
    overview = system.overview([new_lines], bus_connected=True, browsers=1)
    assert "plays dead" in overview.problem
    assert tile(overview, "Database").status is TileStatus.DOWN
    assert tile(overview, "Processes").status is TileStatus.UNKNOWN
    assert "Last known" in tile(overview, "Processes").reason
    assert tile(overview, "Data").reason == "Database is down", "heard over the bus"
    assert len(overview.processes) == 6
    world.store.available = True
    await system.refresh()
    assert system.overview([], bus_connected=True, browsers=1).problem == ""


async def test_a_platform_without_reports_is_shown_as_unknown() -> None:
    world = World()
    world.store.available = False
    overview = await read_overview(world, bus_connected=False)
    assert overview.read_at is None
    assert tile(overview, "Redis").status is TileStatus.DOWN
    assert tile(overview, "Data").reason.startswith("No collector is running")


async def test_an_open_alert_darkens_the_tile_of_its_part() -> None:
    world = World()
    report_platform(world)
    open_alerts(world, an_alert("host", summary="the disk is nearly full"))
    open_alerts(world, an_alert("redis", Severity.INFO, summary="for your information"))
    overview = await read_overview(world)
    assert tile(overview, "Host").status is TileStatus.DEGRADED
    assert tile(overview, "Host").reason == "the disk is nearly full"
    assert tile(overview, "Redis").status is TileStatus.OK


# -- logs


def a_line(second: int, message: str, **more: object) -> LogLine:
    result: dict[str, object] = {"level": "INFO", "component": "supervision", "process": "main"}
    time = DAY + timedelta(seconds=second)
    return LogLine(time=time, message=message, **(result | more))  # type: ignore[arg-type]


def write(path: Path, *lines: LogLine) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as raw:
        for line in lines:
            raw.write(msgspec.json.encode(line) + b"\n")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "log"
    write(folder / "main.jsonl.1", a_line(0, "rotated"))
    write(folder / "main.jsonl", a_line(1, "started"), a_line(4, "Died", level="ERROR"))
    write(folder / "bots.jsonl", a_line(2, "hello", process="bots", component="bots"))
    with (folder / "main.jsonl").open("ab") as raw:
        raw.write(b"no json\n")
    return folder


def messages(folder: Path, **query: object) -> list[str]:
    return [
        line.message
        for line in LogReader(folder).latest(LogQuery(**query))  # type: ignore[arg-type]
    ]


def test_lines_of_all_processes_come_in_order_of_time(logs: Path) -> None:
    assert messages(logs) == ["rotated", "started", "hello", "Died"]
    assert LogReader(logs).processes() == ["bots", "main"]


def test_lines_are_chosen_by_process_level_text_and_time(logs: Path) -> None:
    assert messages(logs, process="bots") == ["hello"]
    assert messages(logs, process="supervision") == ["rotated", "started", "Died"]
    assert messages(logs, level="WARNING") == ["Died"]
    assert messages(logs, text="DIED") == ["Died"]
    assert messages(logs, until=DAY + timedelta(seconds=2)) == ["rotated", "started", "hello"]
    assert messages(logs / "nowhere") == []


TOKENS = {role: new_token(role.value, role, DAY) for role in Role}
KEYS = Keys(tokens=tuple(token for token, _ in TOKENS.values()))


async def test_commands_are_read_by_admins_only(tmp_path: Path) -> None:
    world = World(folder=tmp_path)
    write(
        tmp_path / "log" / "dashboard.jsonl",
        a_line(1, "command", component=AUDIT, facts={"username": "alice"}),
        a_line(2, "hello"),
    )
    server = a_server(KEYS, world)
    for role, (_, text) in TOKENS.items():
        async with a_client(server, text) as client:
            for query in ({}, {"process": AUDIT}, {"text": "alice"}, {"process": "main"}):
                lines = (await client.get("/api/v1/system/logs", params=query)).json()["lines"]
                assert ("alice" in str(lines)) is (role is Role.ADMIN), (role, query)


@pytest.mark.parametrize("role", list(Role))
async def test_commands_are_watched_by_admins_only(role: Role) -> None:
    messages = await socket_messages(
        a_server(KEYS),
        {"host": HOST, "authorization": f"Bearer {TOKENS[role][1]}"},
        '{"type":"watch","topics":["logs","commands"]}',
    )
    closed = [message.get("reason") for message in messages if message["type"] == "websocket.close"]
    if role is Role.ADMIN:
        assert "requires the role" not in str(closed)
    else:
        assert closed == ["topic commands requires the role admin"]


async def test_the_live_log_keeps_commands_apart() -> None:
    world, clock, subscriptions, browser = (
        World(),
        ManualClock(DAY),
        LiveSubscriptions(),
        FrameOutbox(),
    )
    isolation = Isolation("live", clock, ItemFailures())
    services, bus = world.services(), InMemoryAsyncBus(world.bus)
    header = HeaderFeed(bus, services, clock, subscriptions, isolation, "epoch", lambda: None)
    feed = SystemFeed(
        services.system, services.thread_pools, clock, isolation, subscriptions, header
    )
    subscriptions.join(browser, "ann")
    subscriptions.watch(browser, frozenset({LOGS, COMMANDS}))
    feed.send_lines([a_line(1, "command", component=AUDIT), a_line(2, "hello")])
    _, *frames = map(msgspec.json.decode, await browser.take())
    sent = [(frame["topic"], [line["message"] for line in frame["lines"]]) for frame in frames]
    assert sent == [("logs", ["hello"]), ("commands", ["command"])]


def test_of_long_files_the_newest_lines_are_read_from_their_end(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write(folder / "main.jsonl", *(a_line(at, f"line {at} {'x' * 300}") for at in range(3_000)))
    found = messages(folder)
    assert len(found) == MAX_LINES
    assert found[-1].startswith("line 2999 ")
    assert found[0].startswith(f"line {3_000 - MAX_LINES} ")


def test_the_tail_returns_each_new_line_once(logs: Path) -> None:
    tail = LogTail(logs)
    assert tail.new_lines() == []
    write(logs / "main.jsonl", a_line(5, "new"))
    write(logs / "new.jsonl", a_line(6, "of a new process", process="new"))
    assert [line.message for line in tail.new_lines()] == ["new", "of a new process"]
    assert tail.new_lines() == []
    (logs / "main.jsonl").write_bytes(b"")
    write(logs / "main.jsonl", a_line(7, "rotated away"))
    assert [line.message for line in tail.new_lines()] == ["rotated away"]


# -- coverage


def test_a_day_is_known_in_part() -> None:
    known = [TimeSpan(DAY - timedelta(hours=6), DAY + timedelta(hours=6))]
    later = DAY + timedelta(days=3)
    assert known_share(known, DAY, later) == 0.25
    assert known_share(known, DAY + timedelta(days=1), later) == 0
    assert known_share(known, DAY, DAY + timedelta(hours=6)) == 1
    assert known_share(known, DAY, DAY) is None


# -- requests


@pytest.fixture(scope="module")
def server() -> ASGIApp:
    world = World()
    report_platform(world)
    return a_server(world=world)


async def test_the_page_reads_and_commands(tmp_path: Path) -> None:
    world = World(folder=tmp_path)
    world.fill(minutes=30)
    report_platform(world)
    open_alerts(world, an_alert())
    write(tmp_path / "log" / "main.jsonl", a_line(1, "started"))
    server = a_server(world=world)
    async with a_client(server) as client:
        history = await client.get(
            "/api/v1/system/history?subject=host&name=cpu_percent&hours=1&points=60"
        )
        assert sum(point["mean"] > 11 for point in history.json()) >= 1
        logs = (await client.get("/api/v1/system/logs?process=main")).json()
        assert [line["message"] for line in logs["lines"]] == ["started"]
        quality = (await client.get("/api/v1/system/quality?days=2")).json()
        assert quality["coverage"][0]["instrument"] == "simulated:BTC-USDT"
        alert = {"rule": "process-down", "subject": "process:bots"}
        await ok(client, "/api/v1/system/alerts/acknowledge", alert)
        await ok(
            client, "/api/v1/system/alerts/mute", {**alert, "hours": 1, "reason": "at work on it"}
        )
        (result,) = (await client.get("/api/v1/system/alerts?hours=24")).json()
        assert result["acknowledged_by"] == "owner"
        assert [mute.reason for mute in world.alerts.mutes(datetime.now(UTC))] == ["at work on it"]
        await ok(client, "/api/v1/system/alerts/unmute", alert)
        assert world.alerts.mutes(datetime.now(UTC)) == []
        await ok(client, "/api/v1/system/restart", {"process": "bots"})
    assert RestartRequests(tmp_path / "restarts").take(["bots"]) == ["bots"]


async def ok(client: httpx.AsyncClient, path: str, body: dict[str, object]) -> None:
    answer = await client.post(path, json=body, headers=ORIGIN)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/system/alerts/acknowledge", {"rule": "x", "subject": "y"}, 404),
        ("/api/v1/system/alerts/mute", {"rule": "x", "subject": "y", "hours": 0}, 400),
        ("/api/v1/system/alerts/mute", {"rule": "x", "subject": "y", "hours": 9_999}, 400),
        ("/api/v1/system/restart", {"process": "main"}, 404),
        ("/api/v1/system/restart", {"process": "../etc"}, 404),
        ("/api/v1/system/restart", {"what": 1}, 400),
    ],
)
async def test_what_cannot_be_done_is_reported(
    server: ASGIApp, path: str, body: dict[str, object], status: int
) -> None:
    async with a_client(server) as client:
        answer = await client.post(path, json=body, headers=ORIGIN)
    assert answer.status_code == status
    assert answer.json()["problem"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/system/history?hours=nan", "/api/v1/system/history?points=0",
        "/api/v1/system/alerts?hours=x", "/api/v1/system/logs?level=LOUD",
        "/api/v1/system/logs?until=never", "/api/v1/system/logs?until=2026-01-01",
        "/api/v1/system/quality?days=-1",
    ],
)  # fmt: skip
async def test_questions_that_make_no_sense_are_refused(server: ASGIApp, path: str) -> None:
    async with a_client(server) as client:
        answer = await client.get(path)
    assert answer.status_code == 400
    assert answer.json()["problem"]


async def test_only_supervised_processes_can_be_restarted() -> None:
    world = World()
    save_snapshots(world, "bots", "main", "running")
    assert [each.restartable for each in (await read_overview(world)).processes] == [True]
