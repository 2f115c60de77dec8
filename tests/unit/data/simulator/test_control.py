"""The control API bounds what one request makes the exchange compute."""

import json
from typing import Any, cast

import pytest

from data.simulator.config import SimulatorConfig
from data.simulator.control import Control
from data.simulator.fault_runner import FaultRunner
from data.simulator.start import build_exchange
from data.simulator.transport.web import WebRequest

EXCHANGE, _ = build_exchange(SimulatorConfig(speed=0.0, instruments=("BTC-USDT",)))
CONTROL = Control(EXCHANGE, cast(FaultRunner, None), list)
NOW_MS = EXCHANGE.clock.now_ms()


async def call(method: str, path: str, body: Any = None, **query: object) -> tuple[int, Any]:
    given = {name: str(value) for name, value in query.items()}
    raw = b"" if body is None else json.dumps(body).encode()
    answer = await CONTROL.answer(WebRequest(method, f"/sim/{path}", given, {}, raw, raw))
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from_ms": 0, "to_ms": NOW_MS}, "from_ms"),
        ({"from_ms": 0, "to_ms": 10**18}, "from_ms"),
        ({"from_ms": 0, "to_ms": NOW_MS, "bar": "1s"}, "from_ms"),
        ({"from_ms": NOW_MS - 60_000, "to_ms": "9" * 5_000}, "to_ms"),
        ({"first_id": "9" * 5_000}, "first_id"),
    ],
)
async def test_what_would_take_for_ever_is_refused(query: dict[str, object], field: str) -> None:
    status, answer = await call("GET", "ledger", inst_id="BTC-USDT", **query)
    assert status == 400
    assert field in answer["error"]


async def test_a_span_is_cut_to_what_happened() -> None:
    query = {"from_ms": NOW_MS - 60_000, "to_ms": 10**18, "bar": "1m"}
    status, answer = await call("GET", "ledger", inst_id="BTC-USDT", **query)
    assert (status, len(answer["candles"])) == (200, 2)
    empty = {"from_ms": 10**18, "to_ms": 10**18, "bar": "1m"}
    status, answer = await call("GET", "ledger", inst_id="BTC-USDT", **empty)
    assert (status, answer["matches"], answer["candles"]) == (200, [], [])


@pytest.mark.parametrize(
    ("path", "order"),
    [
        ("clock", {"jump_ms": 10**30}),
        ("clock", {"jump_ms": -1}),
        ("clock", {"speed": -1}),
        ("clock", {"speed": 1e308}),
        ("prepare", {"ahead_ms": 10**15}),
    ],
)
async def test_orders_are_bounded(path: str, order: dict[str, object]) -> None:
    status, answer = await call("POST", path, order)
    assert status == 400
    (field,) = order
    assert field in answer["error"]
    assert EXCHANGE.clock.now_ms() == NOW_MS
