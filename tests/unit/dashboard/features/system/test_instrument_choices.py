"""Every instrument with stored data can be chosen; what one lacks is named where it is required."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import msgspec
import pytest

from dashboard.features.system.quality import QualityReads
from data import Candle, InstrumentId, Timeframe, TimeSpan
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, ETH, TIMEFRAMES, World, exchange_candle
from tests.fakes import InMemoryHoleRepository
from tests.inline_backtests import a_form
from tests.inline_bots import a_bot_form, from_now
from tests.web import ORIGIN, a_client, a_server

IMPORTED = InstrumentId("case", "OLD-USD")
STEPS = {"steps.price_step": "0.01", "steps.size_step": "0.01", "steps.min_size": "0.01"}


def imported_candles(end: datetime) -> list[Candle]:
    """Return the minutes of the last two hours, as an import stores them."""
    start = Timeframe.M1.floor(end) - timedelta(hours=2)
    minutes = [start + timedelta(minutes=minute) for minute in range(120)]
    return [
        msgspec.structs.replace(exchange_candle(minute), instrument=IMPORTED) for minute in minutes
    ]


@pytest.fixture
def world() -> World:
    world = World()
    world.fill(120)
    candles = imported_candles(from_now(0))
    world.candles.save(candles)
    span = TimeSpan(candles[0].open_time, candles[-1].close_time)
    world.candles.add_coverage(IMPORTED, Timeframe.M1, [span])
    world.strategies.save_files(library_files())
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(a_server(world=world)) as client:
        client.headers.update(ORIGIN)
        yield client


async def problems(
    client: httpx.AsyncClient, path: str, values: dict[str, str]
) -> list[tuple[str, str]]:
    """Return the problems that the check of a form answers, by field."""
    answer = await client.post(path, json={"values": values})
    assert answer.status_code == 200, answer.text
    return [(each["field"], each["text"]) for each in answer.json()["problems"]]


@pytest.mark.parametrize("path", ["/api/v1/backtests/catalog", "/api/v1/bots/catalog"])
async def test_instruments_without_steps_are_offered_last(
    client: httpx.AsyncClient, path: str
) -> None:
    catalog = (await client.get(path)).json()
    assert catalog["instruments"] == [str(BTC), str(ETH), str(IMPORTED)]
    assert catalog["without_steps"] == [str(IMPORTED)]


@pytest.mark.parametrize("page", ["backtests", "sweeps"])
async def test_a_backtest_requires_the_steps_that_are_not_stored(
    client: httpx.AsyncClient, world: World, page: str
) -> None:
    form = a_form(world, hours=1, instrument=str(IMPORTED))
    form |= {"vary.parameters.fast": "3,5"} if page == "sweeps" else {}
    text = f"is required: the steps of {IMPORTED} are not stored"
    assert await problems(client, f"/api/v1/{page}/check", form) == [
        (field, text) for field in STEPS
    ]
    assert await problems(client, f"/api/v1/{page}/check", form | STEPS) == []
    assert await problems(client, f"/api/v1/{page}/check", form | {"instrument": str(BTC)}) == []


async def test_a_bot_names_what_its_instrument_lacks(client: httpx.AsyncClient) -> None:
    ((field, text),) = await problems(
        client, "/api/v1/bots/check", a_bot_form(instrument=str(IMPORTED))
    )
    assert field == "instrument"
    assert f"{IMPORTED} is unknown, or its kind and steps are" in text
    assert "--price-step" in text


def test_the_coverage_of_imported_data_is_shown(world: World) -> None:
    reads = QualityReads(
        world.instruments, world.candles, InMemoryHoleRepository(world.store), TIMEFRAMES
    )
    shown = {one.instrument for one in reads.read(1, from_now(0)).coverage}
    assert shown == {str(BTC), str(IMPORTED)}
