"""What one request reads is limited by what is stored, and times out of range are refused."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dashboard.features.market.indicator_reads import IndicatorReads
from dashboard.features.market.reads import MarketReads
from dashboard.read_limits import MAX_CANDLES
from data import CandleFrame, Gaps, InstrumentId, Timeframe, TimeSpan
from data.errors import InvalidValue
from tests.builders import BTC as STORED_BTC
from tests.builders import a_candle, at
from tests.dashboard_world import BTC, World
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryInstrumentRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)
from tests.fakes.store import InMemoryStore as Store
from tests.web import ORIGIN, a_client, a_server

YEAR_68 = -60_000_000_000
OUT_OF_RANGE = (253_402_300_800, 99_999_999_999_999_999_999, -99_999_999_999_999, YEAR_68)


class CountingCandles(InMemoryCandleRepository):
    """Counts the spans that are read as frames, and the rows they hold."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads = 0
        self.rows = 0

    def frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        start: datetime,
        end: datetime,
        *,
        gaps: Gaps = "flat",
    ) -> CandleFrame:
        frame = super().frame(instrument, timeframe, start, end, gaps=gaps)
        self.reads += 1
        self.rows += len(frame)
        return frame


@pytest.fixture
def candles() -> CountingCandles:
    return CountingCandles(InMemoryStore())


def reads_of(candles: CountingCandles) -> MarketReads:
    store = candles._store
    return MarketReads(
        InMemoryInstrumentRepository(store),
        InMemoryTradeRepository(store),
        candles,
        (Timeframe.M1,),
    )


def indicators_of(candles: CountingCandles) -> IndicatorReads:
    return IndicatorReads(reads_of(candles))


MINUTES = 6_000
LONG_AGO, LATE = datetime(1700, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def test_a_span_of_centuries_reads_what_is_stored(candles: CountingCandles) -> None:
    candles.save([a_candle(60 * minute) for minute in range(MINUTES)])
    frame = indicators_of(candles).frame(STORED_BTC, Timeframe.M1, LONG_AGO, 200, LATE)
    assert len(frame) == MINUTES
    assert candles.reads <= 4
    assert candles.rows <= MINUTES + candles.reads


@pytest.mark.parametrize("start", [LONG_AGO, at(-3_600)])
def test_a_span_before_what_is_stored_reads_nothing(
    candles: CountingCandles, start: datetime
) -> None:
    candles.save([a_candle(60 * minute) for minute in range(10)])
    end = start + timedelta(minutes=1)
    assert len(indicators_of(candles).frame(STORED_BTC, Timeframe.M1, start, 200, end)) == 0
    assert candles.reads == 0


def test_a_span_that_holds_too_much_is_refused_before_it_is_read(candles: CountingCandles) -> None:
    candles.save([a_candle(0), a_candle(60 * (MAX_CANDLES + 1))])
    with pytest.raises(InvalidValue, match=r"since: .* at most 50,000; choose a shorter span"):
        indicators_of(candles).frame(STORED_BTC, Timeframe.M1, at(0), 200)
    assert candles.reads == 0


def test_a_search_for_a_warm_up_is_limited(candles: CountingCandles) -> None:
    late = 60 * 20 * MAX_CANDLES
    candles.save([a_candle(60 * minute) for minute in range(MINUTES)])
    candles.save([a_candle(late + 60 * minute) for minute in range(10)])
    frame = indicators_of(candles).frame(STORED_BTC, Timeframe.M1, at(late), 200)
    assert len(frame) == 10
    assert candles.rows < 200


def test_older_candles_beyond_a_long_silence_come_next(candles: CountingCandles) -> None:
    late = 60 * 20 * MAX_CANDLES
    candles.save([a_candle(60 * minute) for minute in range(MINUTES)])
    candles.save([a_candle(late + 60 * minute) for minute in range(10)])
    candles.add_coverage(STORED_BTC, Timeframe.M1, [TimeSpan(at(0), at(late + 600))])
    reads = reads_of(candles)
    newest = reads.older(STORED_BTC, Timeframe.M1, at(late + 600), 300)
    assert (len(newest.frame), newest.begins) == (10, False)
    before = reads.older(STORED_BTC, Timeframe.M1, at(late), 300)
    assert (len(before.frame), before.begins) == (300, False)
    assert len(reads.older(STORED_BTC, Timeframe.M1, LATE, 300).frame) == 10
    assert reads.older(STORED_BTC, Timeframe.M1, LONG_AGO, 300).begins


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    world = World()
    world.fill(minutes=5)
    async with a_client(a_server(world=world)) as client:
        client.headers.update(ORIGIN)
        yield client


async def test_times_out_of_range_are_refused_at_every_route(client: httpx.AsyncClient) -> None:
    chart = {"symbol": str(BTC), "timeframe": "1m"}
    for time in OUT_OF_RANGE:
        bad_requests: list[tuple[str, str, dict[str, Any] | None]] = [
            ("since", "/api/v1/charts/values", {**chart, "since": time, "indicators": []}),
            (
                "until",
                "/api/v1/charts/values",
                {**chart, "since": 1, "until": time, "indicators": []},
            ),
            ("since", "/api/v1/signals/chart", {**chart, "since": time}),
            ("before", f"/api/v1/candles/older?symbol={BTC}&timeframe=1m&before={time}", None),
            ("at", f"/api/v1/backtests/candles?id=1&at={time}", None),
            ("until", f"/api/v1/system/logs?until={time}", None),
        ]
        for field, path, body in bad_requests:
            answer = await (client.get(path) if body is None else client.post(path, json=body))
            assert answer.status_code == 400, (path, time, answer.text)
            assert field in answer.json()["problem"]


@pytest.mark.parametrize("until", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "x"])
async def test_times_of_a_log_are_times_that_can_be(client: httpx.AsyncClient, until: str) -> None:
    answer = await client.get("/api/v1/system/logs", params={"until": until})
    assert answer.status_code == 400
    assert "until" in answer.json()["problem"]


@pytest.mark.parametrize("before", ["9" * 5_000, "1e9", "", "-", "²"])
async def test_what_is_no_whole_number_is_no_time(client: httpx.AsyncClient, before: str) -> None:
    path = f"/api/v1/candles/older?symbol={BTC}&timeframe=1m&before={before}"
    answer = await client.get(path)
    assert answer.status_code == 400
    assert "before must be a time" in answer.json()["problem"]


async def test_a_span_of_1970_is_empty(client: httpx.AsyncClient) -> None:
    indicators = [{"id": "a", "indicator": "ema"}]
    body = {"symbol": str(BTC), "timeframe": "1s", "since": 1, "until": 2, "indicators": indicators}
    answer = await client.post("/api/v1/charts/values", json=body)
    assert (answer.status_code, answer.json()["time"]) == (200, [])


@pytest.mark.parametrize("query", ["hours=1e-300", "hours=inf", "hours=nan", "points=0.5"])
async def test_histories_of_no_length_are_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/v1/system/history?subject=x&name=y&{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.json()["problem"]
