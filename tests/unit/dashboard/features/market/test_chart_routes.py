"""The chart's own requests, as a browser sends them."""

import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dashboard.features.market.chart_schemas import IndicatorSchema, indicator_schema
from strategies.charts import BUILT_IN_LAYOUTS, ChartIndicator, ChartLayout, indicator_of
from strategies.indicators import CATALOG
from strategies.topics import SIGNAL_REQUESTS
from tests.dashboard_signals import evaluate_strategy, library_files
from tests.dashboard_world import BTC, World
from tests.web import ORIGIN, a_client, a_server
from utils.errors import ConfigError
from utils.messaging import Interest


@pytest.fixture
def world() -> World:
    world = World()
    world.fill(minutes=200)
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(a_server(world=world)) as client:
        client.headers.update(ORIGIN)
        yield client


def values_request(**changes: Any) -> dict[str, Any]:
    since = int((datetime.now(UTC) - timedelta(minutes=60)).timestamp())
    indicators = [{"id": "a", "indicator": "rsi", "parameters": {"length": 9}}]
    return {
        "symbol": str(BTC),
        "timeframe": "1m",
        "since": since,
        "indicators": indicators,
        **changes,
    }


async def test_values_come_as_columns(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/api/v1/charts/values", json=values_request())).json()
    (indicator,) = answer["indicators"]
    assert indicator["label"] == "RSI 9 close"
    assert len(indicator["columns"][0]) == len(answer["time"]) >= 59
    assert all(0 <= value <= 100 for value in indicator["columns"][0])


@pytest.mark.parametrize(
    "changes",
    [{"symbol": "nonsense"}, {"timeframe": "7m"}, {"indicators": 3}, {"since": "yesterday"}],
)
async def test_nonsense_is_refused_in_a_sentence(
    client: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    answer = await client.post("/api/v1/charts/values", json=values_request(**changes))
    assert answer.status_code == 400
    assert answer.json()["problem"]


async def test_a_store_that_is_down_is_reported(world: World, client: httpx.AsyncClient) -> None:
    world.store.available = False
    assert (await client.post("/api/v1/charts/values", json=values_request())).status_code == 503
    assert (await client.get("/api/v1/charts/layouts")).status_code == 503
    assert (await client.get("/api/v1/signals/strategies")).status_code == 503


async def test_layouts_are_saved_renamed_and_deleted(client: httpx.AsyncClient) -> None:
    mine = {"name": "Mine", "indicators": [{"indicator": "ema", "parameters": {"length": 9}}]}
    saved = (await client.post("/api/v1/charts/layouts/save", json=mine)).json()
    assert [each["name"] for each in saved["saved"]] == ["Mine"]
    assert [each["name"] for each in saved["ready_made"]] == [
        each.name for each in BUILT_IN_LAYOUTS
    ]
    body = {"name": "Mine", "new_name": "Ours"}
    renamed = (await client.post("/api/v1/charts/layouts/rename", json=body)).json()
    assert [each["name"] for each in renamed["saved"]] == ["Ours"]
    assert (await client.post("/api/v1/charts/layouts/rename", json=body)).status_code == 404
    deleted = (await client.post("/api/v1/charts/layouts/delete", json={"name": "Ours"})).json()
    assert deleted["saved"] == []


async def test_a_ready_made_layout_is_never_replaced(client: httpx.AsyncClient) -> None:
    trend = {"name": "Trend", "indicators": []}
    answer = await client.post("/api/v1/charts/layouts/save", json=trend)
    assert answer.status_code == 409
    assert "'Trend' exists already" in answer.json()["problem"]
    await client.post("/api/v1/charts/layouts/save", json={"name": "Mine", "indicators": []})
    body = {"name": "Mine", "new_name": "Trend"}
    assert (await client.post("/api/v1/charts/layouts/rename", json=body)).status_code == 409


@pytest.mark.parametrize(
    ("layout", "problem"),
    [
        ({"name": " ", "indicators": []}, "1 to 40 characters"),
        ({"name": "x" * 41, "indicators": []}, "1 to 40 characters"),
        ({"name": "a", "indicators": [{"indicator": "emma"}]}, "'emma' is not an indicator"),
        ({"name": "a", "indicators": [{"indicator": "ema", "colours": {"ema": "red"}}]}, "#2962ff"),
        ({"name": "a", "indicators": [{"indicator": "ema"}] * 13}, "at most 12"),
    ],
)
async def test_a_layout_that_could_not_be_shown_is_not_saved(
    client: httpx.AsyncClient, world: World, layout: dict[str, Any], problem: str
) -> None:
    answer = await client.post("/api/v1/charts/layouts/save", json=layout)
    assert answer.status_code == 400
    assert problem in answer.json()["problem"]
    assert world.layouts.all() == []


async def test_a_chart_has_its_strategies_and_their_signals(
    client: httpx.AsyncClient, world: World
) -> None:
    group = evaluate_strategy(world, "EmaCrossover", {"fast": 9, "slow": 21}, "config:trend")
    body = {"symbol": str(BTC), "timeframe": "1m", "since": 0}
    answer = (await client.post("/api/v1/signals/chart", json=body)).json()
    (result,) = answer["groups"]
    assert result["parameters"] == "fast 9, slow 21"
    assert result["withdrawable"] == []
    signals = world.signals.last_signals(1000, group)
    assert [row["direction"] for row in answer["rows"]] == [each.direction.name for each in signals]
    other = (await client.post("/api/v1/signals/chart", json={**body, "timeframe": "5m"})).json()
    assert (other["groups"], other["rows"]) == ([], [])


async def test_requesting_a_strategy_stores_the_request_and_publishes(
    client: httpx.AsyncClient, world: World
) -> None:
    request_body = {
        "symbol": str(BTC),
        "timeframe": "1m",
        "strategy": "MacdCross",
        "parameters": {},
    }
    with world.bus.subscribe([Interest(SIGNAL_REQUESTS)]) as subscription:
        for _ in range(2):
            assert (
                await client.post("/api/v1/signals/request", json=request_body)
            ).status_code == 200
        assert len(subscription.receive(1.0)) == 2
    (status,) = world.requests.all()
    assert status.request.strategy == "MacdCross"
    body = {"requesters": [status.request.requester]}
    assert (await client.post("/api/v1/signals/withdraw", json=body)).status_code == 200
    assert world.requests.all() == []


async def test_a_request_with_wrong_parameters_is_refused_with_every_problem(
    client: httpx.AsyncClient, world: World
) -> None:
    world.strategies.save_files(library_files())
    parameters = {"fast": 99999, "slow": -3, "nope": 1, "signal": None}
    body = {
        "symbol": str(BTC), "timeframe": "1m", "strategy": "MacdCross", "parameters": parameters,
    }  # fmt: skip
    answer = await client.post("/api/v1/signals/request", json=body)
    assert answer.status_code == 422
    texts = {each["field"]: each["text"] for each in answer.json()["problems"]}
    assert sorted(texts) == sorted(parameters)
    assert texts["slow"].endswith(", was -3")
    assert texts["signal"] == "is required"
    assert world.requests.all() == []


async def test_a_chart_takes_back_charts_requests_only(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/signals/withdraw", json={"requesters": ["bot:7"]})
    assert answer.status_code == 400


async def test_strategies_come_with_the_fields_of_their_forms(
    client: httpx.AsyncClient, world: World
) -> None:
    world.strategies.save_files(library_files())
    strategies = (await client.get("/api/v1/signals/strategies")).json()
    crossover = next(each for each in strategies if each["name"] == "EmaCrossover")
    fast, slow = crossover["parameters"]
    assert (fast["name"], fast["minimum"], fast["maximum"]) == ("fast", 1, 999)
    assert slow["default"] == 26


@pytest.fixture(params=list(CATALOG))
def shown(request: pytest.FixtureRequest) -> IndicatorSchema:
    return indicator_schema(CATALOG[request.param])


def test_every_indicator_has_a_form_whose_defaults_are_allowed(shown: IndicatorSchema) -> None:
    given = {field.name: field.default for field in shown.parameters}
    indicator = indicator_of(ChartIndicator(indicator=shown.name, parameters=given))
    assert indicator == CATALOG[shown.name]()
    assert all(field.description for field in shown.parameters)
    for field in shown.parameters:
        assert field.choices or field.minimum is not None


def test_every_ready_made_layout_can_be_shown() -> None:
    for layout in BUILT_IN_LAYOUTS:
        layout.check()
    with pytest.raises(ConfigError, match="characters"):
        ChartLayout(name="a\nb")


def test_the_web_process_loads_no_compiler() -> None:
    code = (
        "import sys, scripts.services.dashboard.server;"
        "sys.exit(bool({'numba', 'pandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
