"""The requests of the pages of bots, as a browser sends them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot_manager.domain.topics import BOT_COMMANDS
from bot_manager.domain.versions import ConfigVersion
from bot_manager.errors import UnreadableVersion
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, World
from tests.fakes import InMemoryBotRepository
from tests.inline_bots import InlineBotEngine, a_bot_form, from_now
from tests.web import ORIGIN, a_client, a_server
from utils.messaging import Interest


@pytest.fixture
def world() -> World:
    world = World()
    world.btc.add_random_walk(from_now(-120), 60, 1)
    world.strategies.save_files(library_files())
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(a_server(world=world)) as client:
        client.headers.update(ORIGIN)
        yield client


async def post(
    client: httpx.AsyncClient, path: str, status: int = 200, **body: Any
) -> dict[str, Any]:
    answer = await client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def read(client: httpx.AsyncClient, path: str, status: int = 200) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == status, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def test_a_bot_is_created_changed_and_shown(client: httpx.AsyncClient, world: World) -> None:
    form = a_bot_form()
    assert await post(client, "bots/create", values=form, reason="to try") == {
        "bot": "alice",
        "version": 1,
    }
    slower = form | {"parameters.fast": "7"}
    assert (await post(client, "bots/change", values=slower, reason="slower"))["version"] == 2
    detail = await read(client, "bots/detail?name=alice")
    newest, first = detail["versions"]
    assert newest["changes"] == [{"field": "parameters.fast", "before": "5", "after": "7"}]
    assert (newest["actor"], newest["reason"], first["reason"]) == ("owner", "slower", "to try")
    assert (detail["row"]["state"], detail["values"]["parameters.fast"]) == ("created", "7")
    (row,) = (await read(client, "bots"))["rows"]
    assert row["name"] == "alice"
    assert [one.actor for one in world.bots.versions("alice")] == ["owner", "owner"]


async def test_what_cannot_be_is_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    await post(client, "bots/create", values=a_bot_form())
    taken = await post(client, "bots/create", 409, values=a_bot_form())
    assert "the bot name 'alice'" in taken["problem"]
    checked = await post(client, "bots/check", values=a_bot_form(), is_new=True)
    assert checked["problems"] == [{"field": "name", "text": taken["problem"]}]
    unknown = await post(client, "bots/create", 422, values=a_bot_form(instrument="okx:NOPE-USDT"))
    assert [one["field"] for one in unknown["problems"]] == ["instrument"]
    wrong = await post(client, "bots/create", 422, values=a_bot_form(capital="0"))
    assert wrong["problems"] == [{"field": "capital", "text": "must be above 0, was 0"}]
    same = await post(client, "bots/change", 409, values=a_bot_form())
    assert "nothing changed" in same["problem"]
    moved = await post(
        client, "bots/change", 400, values=a_bot_form(instrument="simulated:ETH-USDT")
    )
    assert "clone the bot" in moved["problem"]
    paused = await post(client, "bots/command", 409, command="pause", names=["alice"])
    assert "pause is possible when" in paused["problem"]
    assert (
        "must be one of start"
        in (await post(client, "bots/command", 400, command="opened"))["problem"]
    )
    assert (
        "bot 'bob' does not exist" in (await read(client, "bots/detail?name=bob", 404))["problem"]
    )
    assert "backtest 7" in (await read(client, "bots/from-backtest?id=7", 404))["problem"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/bots/command", {"command": "kill"}),
        ("/api/v1/bots/command", {"command": "kill", "names": []}),
        ("/api/v1/bots/command", {"command": "kill", "names": ["alice"], "all_bots": True}),
        ("/api/v1/backtests/delete", {"backtests": []}),
        ("/api/v1/signals/withdraw", {"requesters": []}),
    ],
)
async def test_a_command_that_names_nothing_or_contradicts_itself_is_refused(
    client: httpx.AsyncClient, world: World, path: str, body: dict[str, Any]
) -> None:
    answer = await client.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert next(name for name in ("names", "backtests", "requesters") if name in answer.text)
    assert not world.bots.pending_fleet_commands()


async def test_commands_are_stored_and_published(client: httpx.AsyncClient, world: World) -> None:
    for name in ("alice", "bob"):
        await post(client, "bots/create", values=a_bot_form(name=name))
    with world.bus.subscribe([Interest(BOT_COMMANDS)]) as subscription:
        result = await post(
            client, "bots/command", command="start", names=["bob", "alice"], reason="go"
        )
        received = subscription.receive(0.0)
    assert result["requested"] == ["alice", "bob"]
    assert [message.key for message in received] == ["alice", "bob"]
    await post(client, "bots/command", command="kill", all_bots=True, reason="enough")
    (to_all,) = world.bots.pending_fleet_commands()
    assert (to_all.request.command, to_all.request.actor) == ("kill", "owner")
    requests = [(one.request.bot, one.request.actor) for one in world.bots.pending_commands()]
    assert requests == [("alice", "owner"), ("bob", "owner")]


async def test_a_bot_that_traded_is_returned_whole_and_verified(
    client: httpx.AsyncClient, world: World
) -> None:
    await post(client, "bots/create", values=a_bot_form())
    await post(client, "bots/command", command="start", names=["alice"])
    bot_engine = InlineBotEngine(world)
    for at in range(1, 21):
        bot_engine.step(from_now(at))
    detail = await read(client, "bots/detail?name=alice")
    assert detail["row"]["state"] == "running"
    assert detail["row"]["fills_today"] == detail["order_count"] == len(detail["orders"]) > 2
    assert len(detail["closed_round_trips"]) == detail["order_count"] // 2
    assert detail["curve"]["equity"][0] == 10_000
    assert detail["journal"][-1]["decision"] == "session started, with version 1"
    assert len(detail["groups"]) == 1
    result = await post(client, "bots/verify", name="alice")
    assert (result["identical"], result["orders"]) == (True, detail["order_count"])
    (row,) = (await read(client, "bots"))["rows"]
    assert row["verification"]["identical"]
    whole = await read(client, "portfolio?range=1d&benchmark=1")
    assert whole["reconciliation"]["differences"] == {"alice": "0"}
    download = await client.get("/api/v1/portfolio/round-trips.csv?range=1d")
    assert download.headers["content-type"].startswith("text/csv")
    assert len(download.text.splitlines()) == 1 + whole["round_trips"]
    days = await client.get("/api/v1/portfolio/days.csv?range=1d&search=nobody")
    assert days.text.splitlines() == ["day,profit,equity,currency"]
    assert set(whole["benchmark"]) == {"missing", "curve", "return"}
    assert 0 < detail["max_drawdown"] <= whole["metrics"]["max_drawdown"]
    assert whole["metrics"]["net_profit"] == pytest.approx(detail["row"]["total_profit"], abs=1e-6)


class UnreadableVersions(InMemoryBotRepository):
    """Bots with a configuration that was valid under earlier bounds."""

    def versions(self, name: str) -> list[ConfigVersion]:
        raise UnreadableVersion(name, 1, "capital must be at most 9, was 10")


async def test_the_page_of_a_bot_with_an_unreadable_configuration_names_the_remedy(
    client: httpx.AsyncClient, world: World
) -> None:
    await post(client, "bots/create", values=a_bot_form())
    await post(client, "bots/command", command="start", names=["alice"])
    bot_engine = InlineBotEngine(world)
    for at in range(1, 11):
        bot_engine.step(from_now(at))
    world.bots = UnreadableVersions(world.store)
    async with a_client(a_server(world=world)) as later:
        detail = await read(later, "bots/detail?name=alice")
        later.headers.update(ORIGIN)
        refused = await post(later, "bots/change", 409, values=a_bot_form(capital="8"))
    assert refused["problem"] == detail["warnings"][0]
    assert detail["warnings"][0] == (
        "Version 1 of the stored configuration of alice is not valid: capital must be at most 9, "
        "was 10. The bot cannot be started, changed or cloned: archive it (truetape bots archive "
        "alice), and create another one with a valid value."
    )
    assert (detail["versions"], detail["max_drawdown"]) == ([], None)
    assert detail["values"]["parameters.fast"] == "5"
    assert detail["order_count"] == len(detail["orders"]) > 0
    assert len(detail["curve"]["time"]) == len(detail["curve"]["drawdown"]) > 0


async def test_candles_of_a_chart_are_numbered(client: httpx.AsyncClient) -> None:
    answer = (await client.get(f"/api/v1/candles/newest?symbol={BTC}&timeframe=1s")).json()
    assert len(answer["candles"]["time"]) > 50
    assert set(answer["numbers"]) == {f"candle.1s.{BTC}", f"trades.{BTC}"}
    before = answer["candles"]["time"][10]
    older = await client.get(
        f"/api/v1/candles/older?symbol={BTC}&timeframe=1s&before={before}&key=k"
    )
    assert (older.json()["key"], older.json()["candles"]["time"][-1]) == ("k", before - 1)
    assert (await client.get(f"/api/v1/candles/older?symbol={BTC}&timeframe=1s")).status_code == 400
