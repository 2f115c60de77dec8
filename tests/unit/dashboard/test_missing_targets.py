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
    "/backtests/span": ({"instrument": NONE, "timeframe": "1m"}, NONE),
    "/backtests/result": ({"id": "999"}, "backtest 999"),
    "/backtests/promotion": ({"id": "999"}, "backtest 999"),
    "/backtests/candles": ({"id": "999"}, "backtest 999"),
    "/backtests/compared": ({"ids": "998,999"}, "backtest 998"),
    "/sweeps/result": ({"digest": "0123abc"}, "'0123abc'"),
    "/fleet/bot": ({"name": "nobody"}, "'nobody'"),
    "/fleet/backtest": ({"id": "999"}, "backtest 999"),
    "/candles/newest": (MARKET, NONE),
    "/candles/older": (MARKET | {"before": "1736121600"}, NONE),
    "/system/remedy": ({"of": "nothing"}, "'nothing'"),
}
BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "/charts/values": (MARKET | {"since": 1736121600, "indicators": []}, NONE),
    "/charts/layouts/rename": ({"name": "Gone", "new_name": "New"}, "'Gone'"),
    "/charts/layouts/delete": ({"name": "Gone"}, "'Gone'"),
    "/signals/chart": (MARKET | {"since": 1736121600}, NONE),
    "/signals/withdraw": ({"requesters": ["chart:gone"]}, "'chart:gone'"),
    "/backtests/cancel": ({"job": 999}, "job 999"),
    "/backtests/dismiss": ({"job": 999}, "job 999"),
    "/backtests/annotate": ({"backtest": 999, "note": "", "tags": []}, "backtest 999"),
    "/backtests/delete": ({"backtests": [999]}, "backtest 999"),
    "/fleet/change": ({"values": a_bot_form(name="nobody")}, "'nobody'"),
    "/fleet/command": ({"command": "start", "names": ["nobody"]}, "'nobody'"),
    "/fleet/verify": ({"name": "nobody"}, "'nobody'"),
    "/system/data-jobs/cancel": ({"job": 999}, "job 999"),
    "/system/restart": ({"process": "nothing"}, "'nothing'"),
    "/system/alerts/acknowledge": (ALERT, "'nothing'"),
    "/system/alerts/unmute": (ALERT, "'nothing'"),
    "/system/channels/test": ({"channel": "pigeon"}, "'pigeon'"),
    "/access/sessions/revoke": ({"session": "gone"}, "'gone'"),
}
# Routes that name nothing that must exist.
LISTS = {
    "/access/me", "/access/sessions", "/access/audit", "/backtests/catalog", "/backtests/history",
    "/backtests/jobs", "/charts/catalog", "/charts/layouts", "/fleet/catalog", "/fleet/rows",
    "/metrics", "/readyz", "/signals/strategies", "/sweeps/list", "/system/channels",
    "/system/data-jobs",
}  # fmt: skip
FILTERS = {
    "/access/refusals",
    "/fleet/portfolio", "/fleet/portfolio/days.csv", "/fleet/portfolio/round-trips.csv",
    "/system/alerts", "/system/deliveries", "/system/history", "/system/logs", "/system/quality",
}  # fmt: skip
# Their answer is 422, or 200 to a check, with the problems at the fields.
FORMS = {
    "/backtests/check", "/backtests/run", "/sweeps/check", "/sweeps/run", "/fleet/check",
    "/fleet/create",
}  # fmt: skip
# A layout is made or replaced; signals, data and alerts may come later.
MAKES = {
    "/charts/layouts/save", "/signals/request", "/system/data-jobs/start", "/system/alerts/mute",
}  # fmt: skip


@pytest.fixture
def client() -> httpx.AsyncClient:
    world = World()
    world.strategies.save_files(library_files())
    client = a_client(a_server(world=world))
    client.headers.update(ORIGIN)
    return client


def is_ours(route: BaseRoute) -> bool:
    module = getattr(getattr(route, "endpoint", None), "__module__", "") or ""
    return module.startswith("dashboard.features")


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
    assert (await client.get("/candles/newest", params=market)).status_code == 200
    older = market | {"before": "1736121600"}
    assert (await client.get("/candles/older", params=older)).status_code == 200
    span = {"instrument": str(BTC), "timeframe": "1m"}
    assert (await client.get("/backtests/span", params=span)).json()["end"] is None
