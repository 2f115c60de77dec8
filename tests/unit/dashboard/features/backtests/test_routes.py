"""The requests of backtests and sweeps, as a program sends them: run, listed, read and deleted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.dashboard_world import BTC, World
from tests.inline_backtests import a_backtest_world, a_form
from tests.web import ORIGIN, a_client, a_server

# The first run compiles the kernel.
DONE_WITHIN_S = 300


@pytest.fixture(scope="module")
def world() -> World:
    return a_backtest_world(900)[0]


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(a_server(world=world)) as client:
        client.headers.update(ORIGIN)
        yield client


async def read(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def run_form(client: httpx.AsyncClient, kind: str, form: dict[str, str]) -> dict[str, Any]:
    """Check a form, run it, and return its job once it is done."""
    checked = await post(client, f"{kind}/check", values=form)
    assert checked["problems"] == []
    submitted = await post(client, f"{kind}/run", values=form)
    assert submitted["config"] == checked["config"]
    async with asyncio.timeout(DONE_WITHIN_S):
        while True:
            jobs = (await read(client, "backtests/jobs"))["jobs"]
            (job,) = [job for job in jobs if job["id"] == submitted["id"]]
            if job["finished_at"] is not None:
                assert (job["state"], job["problem"]) == ("done", "")
                return dict(job)
            await asyncio.sleep(0.05)


async def test_a_backtest_is_run_and_answered_as_it_is_read(
    client: httpx.AsyncClient, world: World
) -> None:
    job = await run_form(client, "backtests", a_form(world))
    assert job["config"]["capital"] == "10000"
    number, reads = job["backtest_id"], world.services().backtests
    result = await read(client, f"backtests/result?id={number}")
    payload = reads.result(number)
    assert result.keys() == payload.keys()
    assert result["metrics"] == payload["metrics"]
    assert result["curve"] == payload["curve"]
    assert result["closed_round_trips"] == payload["closed_round_trips"] != []
    assert all(check["holds"] for check in result["reconciled"])
    window = await read(client, f"backtests/candles?id={number}")
    assert (window["candles"], window["ends"]) == (reads.window(number, None)["candles"], True)
    promotion = await read(client, f"backtests/promotion?id={number}")
    assert promotion["bot"]["name"] == f"ema-crossover-btc-usdt-1m-{number}"
    values = (await read(client, f"bots/from-backtest?id={number}"))["values"]
    assert (values["parameters.fast"], values["instrument"]) == ("5", str(BTC))


async def test_backtests_are_listed_compared_annotated_and_deleted(
    client: httpx.AsyncClient, world: World
) -> None:
    numbers = [
        (await run_form(client, "backtests", a_form(world, parameters__fast=fast)))["backtest_id"]
        for fast in ("6", "7")
    ]
    rows = await post(
        client, "backtests/annotate", backtest=numbers[0], note=" again ", tags=["a", "a ", ""]
    )
    (row,) = [row for row in rows if row["id"] == numbers[0]]
    assert (row["note"], row["tags"], row["agrees"]) == ("again", ["a"], True)
    compared = await read(client, f"backtests/compared?ids={numbers[0]},{numbers[1]}")
    assert [one["values"]["parameters.fast"] for one in compared] == ["6", "7"]
    assert len(compared[0]["curve"]["growth"]) == len(compared[0]["curve"]["time"]) > 400
    left = await post(client, "backtests/delete", backtests=numbers)
    assert not {row["id"] for row in left} & set(numbers)
    assert await read(client, "backtests") == left


async def test_a_sweep_is_run_and_answered_as_it_is_read(
    client: httpx.AsyncClient, world: World
) -> None:
    form = a_form(world, hours=4) | {"vary.parameters.fast": "4,8"}
    job = await run_form(client, "sweeps", form)
    assert job["config"]["vary"] == ["fast=4,8"]
    assert job["sweep"] in {row["sweep"] for row in await read(client, "sweeps")}
    result = await read(client, f"sweeps/result?digest={job['sweep']}&by=total_return")
    payload = world.services().backtests.sweep(job["sweep"], "total_return")
    assert result == payload
    assert sorted(row["point"] for row in result["rows"]) == [[4], [8]]


async def test_a_finished_job_is_dismissed(client: httpx.AsyncClient, world: World) -> None:
    job = await run_form(client, "backtests", a_form(world, hours=1))
    left = await post(client, "backtests/dismiss", job=job["id"])
    assert job["id"] not in {each["id"] for each in left["jobs"]}
