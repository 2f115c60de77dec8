"""Every route that names a thing answers 404 for one that does not exist, and names it."""

from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute

from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, World
from tests.inline_bots import a_bot_form
from tests.unit.dashboard.test_every_route import methods_of, path_of, routes
from tests.web import ORIGIN, a_client, a_server

NONE = "simulated:NONE-USDT"
MARKET = {"symbol": NONE, "timeframe": "1m"}
ALERT = {"rule": "nothing", "subject": "host"}

# Queries: the route, its parameters, and what the answer names.
QUERIES: dict[str, tuple[dict[str, str], str]] = {
    "/api/v1/backtests/span": ({"instrument": NONE, "timeframe": "1m"}, NONE),
    "/api/v1/backtests/result": ({"id": "999"}, "backtest 999"),
    "/api/v1/backtests/promotion": ({"id": "999"}, "backtest 999"),
    "/api/v1/backtests/candles": ({"id": "999"}, "backtest 999"),
    "/api/v1/backtests/compared": ({"ids": "998,999"}, "backtest 998"),
    "/api/v1/sweeps/result": ({"digest": "0123abc"}, "'0123abc'"),
    "/api/v1/bots/detail": ({"name": "nobody"}, "'nobody'"),
    "/api/v1/bots/from-backtest": ({"id": "999"}, "backtest 999"),
    "/api/v1/candles/newest": (MARKET, NONE),
    "/api/v1/candles/older": (MARKET | {"before": "1736121600"}, NONE),
    "/api/v1/system/remedy": ({"of": "nothing"}, "'nothing'"),
}
BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "/api/v1/charts/values": (MARKET | {"since": 1736121600, "indicators": []}, NONE),
    "/api/v1/charts/layouts/rename": ({"name": "Gone", "new_name": "New"}, "'Gone'"),
    "/api/v1/charts/layouts/delete": ({"name": "Gone"}, "'Gone'"),
    "/api/v1/signals/chart": (MARKET | {"since": 1736121600}, NONE),
    "/api/v1/signals/withdraw": ({"requesters": ["chart:gone"]}, "'chart:gone'"),
    "/api/v1/backtests/cancel": ({"job": 999}, "job 999"),
    "/api/v1/backtests/dismiss": ({"job": 999}, "job 999"),
    "/api/v1/backtests/annotate": ({"backtest": 999, "note": "", "tags": []}, "backtest 999"),
    "/api/v1/backtests/delete": ({"backtests": [999]}, "backtest 999"),
    "/api/v1/bots/change": ({"values": a_bot_form(name="nobody")}, "'nobody'"),
    "/api/v1/bots/command": ({"command": "start", "names": ["nobody"]}, "'nobody'"),
    "/api/v1/bots/verify": ({"name": "nobody"}, "'nobody'"),
    "/api/v1/system/data-jobs/start": ({"kind": "verify", "instrument": NONE}, NONE),
    "/api/v1/system/data-jobs/cancel": ({"job": 999}, "job 999"),
    "/api/v1/system/restart": ({"process": "nothing"}, "'nothing'"),
    "/api/v1/system/alerts/mute": (ALERT | {"hours": 1}, "'nothing'"),
    "/api/v1/system/alerts/acknowledge": (ALERT, "'nothing'"),
    "/api/v1/system/alerts/unmute": (ALERT, "'nothing'"),
    "/api/v1/system/channels/test": ({"channel": "pigeon"}, "'pigeon'"),
    "/api/v1/access/sessions/revoke": ({"session": "gone"}, "'gone'"),
}
# Routes that name nothing that must exist.
LISTS = {
    "/api/v1/access/me", "/api/v1/access/sessions", "/api/v1/access/audit",
    "/api/v1/backtests", "/api/v1/backtests/catalog", "/api/v1/backtests/jobs",
    "/api/v1/bots", "/api/v1/bots/catalog",
    "/api/v1/charts/catalog", "/api/v1/charts/layouts",
    "/api/v1/signals/strategies", "/api/v1/sweeps",
    "/api/v1/system/channels", "/api/v1/system/data-jobs",
}  # fmt: skip
FILTERS = {
    "/api/v1/access/refusals",
    "/api/v1/portfolio",
    "/api/v1/portfolio/days.csv", "/api/v1/portfolio/round-trips.csv",
    "/api/v1/system/alerts", "/api/v1/system/deliveries", "/api/v1/system/history",
    "/api/v1/system/logs", "/api/v1/system/quality",
}  # fmt: skip
# Their answer is 422, or 200 to a check, with the problems at the fields.
FORMS = {
    "/api/v1/backtests/check", "/api/v1/backtests/run",
    "/api/v1/sweeps/check", "/api/v1/sweeps/run",
    "/api/v1/bots/check", "/api/v1/bots/create",
}  # fmt: skip
# A layout is made or replaced; signals may come later.
MAKES = {
    "/api/v1/charts/layouts/save", "/api/v1/signals/request",
}  # fmt: skip


@pytest.fixture
def client() -> httpx.AsyncClient:
    world = World()
    world.strategies.save_files(library_files())
    client = a_client(a_server(world=world))
    client.headers.update(ORIGIN)
    return client


def is_ours(route: BaseRoute) -> bool:
    return path_of(route).startswith("/api/v1/")


def test_every_route_is_listed_here() -> None:
    ours = {path_of(route) for route in routes() if is_ours(route) and methods_of(route)}
    assert ours == {*QUERIES, *BODIES, *LISTS, *FILTERS, *FORMS, *MAKES}


@pytest.mark.parametrize("path", QUERIES)
async def test_a_query_for_what_does_not_exist_is_answered_404(
    client: httpx.AsyncClient, path: str
) -> None:
    query, named = QUERIES[path]
    answer = await client.get(path, params=query)
    assert (answer.status_code, named in answer.json()["problem"]) == (404, True), answer.text


@pytest.mark.parametrize("path", BODIES)
async def test_a_request_about_what_does_not_exist_is_answered_404(
    client: httpx.AsyncClient, path: str
) -> None:
    body, named = BODIES[path]
    answer = await client.post(path, json=body)
    assert (answer.status_code, named in answer.json()["problem"]) == (404, True), answer.text


async def test_what_exists_is_answered(client: httpx.AsyncClient) -> None:
    market = {"symbol": str(BTC), "timeframe": "1m"}
    assert (await client.get("/api/v1/candles/newest", params=market)).status_code == 200
    older = market | {"before": "1736121600"}
    assert (await client.get("/api/v1/candles/older", params=older)).status_code == 200
    span = {"instrument": str(BTC), "timeframe": "1m"}
    assert (await client.get("/api/v1/backtests/span", params=span)).json()["end"] is None
    job = {"kind": "verify", "instrument": str(BTC)}
    assert (await client.post("/api/v1/system/data-jobs/start", json=job)).status_code == 200


async def test_what_is_not_stored_yet_can_be_downloaded(client: httpx.AsyncClient) -> None:
    job = {"kind": "download", "instrument": NONE}
    assert (await client.post("/api/v1/system/data-jobs/start", json=job)).status_code == 200
