"""Indicators from the store to the browser: the values are a strategy's, live and past."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from dashboard.features.market.chart_schemas import IndicatorRequest, ValuesRequest
from dashboard.features.market.chart_snapshot import values_payload
from dashboard.live.frame_outbox import FrameOutbox
from dashboard.live.hub import LiveHub
from dashboard.live.topics import CandleTopic, IndicatorTopic, parse_topic
from data import Timeframe, to_datetime64
from data.errors import InvalidValue
from strategies import Directions, Strategy, StrategyFrame, decide
from strategies.base import Indicators
from strategies.batch import evaluate_frames
from strategies.charts import key_of
from strategies.indicators import Ema, Macd
from tests.dashboard_world import BTC, World
from tests.fakes.bus import InMemoryAsyncBus
from utils.clock import SystemClock

SEEN: dict[int, tuple[float, ...]] = {}


class RecordingStrategy(Strategy):
    """Records the indicator values of each row that it evaluates."""

    def indicators(self) -> Indicators:
        return {"macd": Macd()}

    def directions(self, frame: StrategyFrame) -> Directions:
        columns = [frame[f"macd.{name}"] for name in ("macd", "signal", "histogram")]
        times = frame.open_time.astype("datetime64[s]").astype(np.int64)
        for row in range(self.warmup(Timeframe.M1), len(frame)):
            SEEN[int(times[row])] = tuple(float(column[row]) for column in columns)
        return decide(long=columns[0] > 0)


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    world.fill(minutes=400)
    return world


@asynccontextmanager
async def a_hub(world: World) -> AsyncIterator[LiveHub]:
    hub = LiveHub(InMemoryAsyncBus(world.bus), world.services(), SystemClock())
    task = asyncio.create_task(hub.run())
    await asyncio.sleep(0.05)
    try:
        yield hub
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def read_values(
    world: World, *indicators: IndicatorRequest, back: int = 120, **more: Any
) -> dict[str, Any]:
    now = datetime.now(UTC)
    since = int((now - timedelta(minutes=back)).timestamp())
    request = ValuesRequest(
        symbol=BTC, timeframe=Timeframe.M1, since=since, indicators=[*indicators], **more
    )
    async with a_hub(world) as hub:
        return await values_payload(world.services(), hub, request)


async def frames_of(topic: IndicatorTopic, outbox: FrameOutbox) -> AsyncIterator[list[list[float]]]:
    while True:
        for raw in await outbox.take():
            frame = json.loads(raw)
            if frame["type"] == "values" and frame["topic"] == str(topic):
                yield frame["rows"]


async def test_values_have_the_bits_that_a_strategy_is_given(world: World) -> None:
    answer = await read_values(world, IndicatorRequest(id="a", indicator="macd"))
    end = datetime.fromtimestamp(answer["time"][-1] + 60, UTC)
    frame = world.candles.frame(BTC, Timeframe.M1, end - timedelta(days=1), end)
    SEEN.clear()
    list(evaluate_frames(RecordingStrategy(), [frame]))
    columns = answer["indicators"][0]["columns"]
    shown = dict(zip(answer["time"], zip(*columns, strict=True), strict=True))
    closed = [time for time in answer["time"] if to_datetime64(_utc(time)) in frame.open_time]
    assert len(closed) >= 118
    assert all(shown[time] == SEEN[time] for time in closed)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def test_values_do_not_depend_on_where_a_chart_begins(world: World) -> None:
    indicator = IndicatorRequest(id="a", indicator="ema", parameters={"length": 50})
    short, long = (
        await read_values(world, indicator, back=10),
        await read_values(world, indicator, back=200),
    )
    count = len(short["time"]) - 1  # the last one may have changed
    assert long["time"][-count - 1 : -1] == short["time"][:-1]
    ema = long["indicators"][0]["columns"][0]
    assert ema[-count - 1 : -1] == short["indicators"][0]["columns"][0][:-1]


async def test_a_value_is_unknown_until_it_is_warm(world: World) -> None:
    indicator = IndicatorRequest(id="a", indicator="sma", parameters={"length": 30})
    answer = await read_values(world, indicator, back=500)
    column = answer["indicators"][0]["columns"][0]
    assert column[:29] == [None] * 29
    assert column[29] is not None


async def test_a_wrong_parameter_is_reported_beside_the_values_of_the_others(world: World) -> None:
    wrong = IndicatorRequest(id="w", indicator="ema", parameters={"length": 0})
    answer = await read_values(world, wrong, IndicatorRequest(id="r", indicator="ema"))
    result, right = answer["indicators"]
    assert (result["id"], result["field"]) == ("w", "length")
    assert "must be at least 1" in result["problem"]
    assert right["label"] == "EMA 20 close"
    assert right["topic"] == f'indicator.1m.{BTC} ema{{"length":20,"source":"close"}}'


async def test_a_span_ends_at_the_requested_time(world: World) -> None:
    until = int((datetime.now(UTC) - timedelta(minutes=60)).timestamp())
    answer = await read_values(world, IndicatorRequest(id="a", indicator="ema"), until=until)
    assert max(answer["time"]) < until


async def test_more_indicators_than_are_drawn_are_refused(world: World) -> None:
    with pytest.raises(InvalidValue, match="at most 12"):
        await read_values(
            world, *[IndicatorRequest(id=str(at), indicator="ema") for at in range(13)]
        )


def test_a_topic_names_indicator_and_parameters() -> None:
    topic = IndicatorTopic(BTC, Timeframe.M1, key_of(Ema(length=9)))
    parsed = parse_topic(str(topic))
    assert parsed == topic
    assert topic.indicator == Ema(length=9)


@pytest.mark.parametrize("key", ["emma{}", "ema{", "ema", 'ema{"length":0}'])
def test_a_topic_without_an_indicator_is_refused(key: str) -> None:
    with pytest.raises(InvalidValue):
        parse_topic(f"indicator.1m.{BTC} {key}")


async def test_the_forming_candle_moves_the_value_and_a_closing_one_settles_it() -> None:
    world = World()
    world.fill(minutes=400)
    topic = IndicatorTopic(BTC, Timeframe.M1, key_of(Ema(length=9)))
    async with a_hub(world) as hub, asyncio.timeout(20):
        outbox = FrameOutbox()
        hub.join(outbox, "me")
        hub.watch(outbox, [CandleTopic(BTC, Timeframe.M1), topic])
        frames = frames_of(topic, outbox)
        first = await anext(frames)
        assert len(first) >= 30
        time, before = first[-1]
        world.btc.trade("70000")
        moved = [row async for row in _one(frames) if row[-1][0] == time or len(row) > 1][-1]
        assert moved[-1][1] > before
        world.btc.trade("70000", at=_utc(int(moved[-1][0])) + timedelta(minutes=3))
        rows = await anext(frames)
        assert [row[0] for row in rows] == [moved[-1][0] + 60 * step for step in range(4)]
        past = await read_values(
            world, IndicatorRequest(id="a", indicator="ema", parameters={"length": 9})
        )
        assert dict(rows) == dict(
            list(zip(past["time"], past["indicators"][0]["columns"][0], strict=True))[-4:]
        )


async def _one(frames: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield await anext(frames)


async def test_two_browsers_cost_one_computation_and_receive_the_same(world: World) -> None:
    topic = IndicatorTopic(BTC, Timeframe.M1, key_of(Ema(length=9)))
    async with a_hub(world) as hub, asyncio.timeout(20):
        outboxes = [FrameOutbox(), FrameOutbox()]
        for outbox in outboxes:
            hub.join(outbox, "me")
            hub.watch(outbox, [topic])
        received = [await anext(frames_of(topic, outbox)) for outbox in outboxes]
        assert received[0] == received[1]
        await asyncio.sleep(0.6)
        calls = world.function_runner.calls  # type: ignore[attr-defined]
        await asyncio.sleep(0.6)
        assert world.function_runner.calls == calls  # type: ignore[attr-defined]
