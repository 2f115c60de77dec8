import json
from decimal import Decimal

from dashboard.features.market.payload import (
    empty,
    history_payload,
    listing_payload,
    market_payload,
    notice,
)
from dashboard.feed import NO_COLLECTOR, FeedState, FeedView
from dashboard.figures.columns import GAP_SHOWN, candle_columns, missing_candles
from dashboard.formats import decimals_of
from dashboard.views import ChartHistory, Listing, Market
from data import Candle, CandleFrame, InstrumentId, Timeframe, TimeSpan
from tests.builders import BTC, START, a_candle, a_trade, an_instrument, at

OPEN = int(START.timestamp())
LIVE = FeedView(state=FeedState.OK, text="Live")


def a_frame(*candles: Candle) -> CandleFrame:
    return CandleFrame.from_candles(BTC, Timeframe.M1, candles)


def test_columns_hold_unix_seconds_and_prices() -> None:
    columns = candle_columns(a_frame(a_candle(0), a_candle(60)))
    assert columns == {
        "time": [OPEN, OPEN + 60],
        "open": [100.0, 100.0],
        "high": [110.0, 110.0],
        "low": [90.0, 90.0],
        "close": [105.0, 105.0],
        "volume": [3.0, 3.0],
    }


def test_an_empty_frame_has_empty_columns() -> None:
    assert candle_columns(a_frame())["time"] == []


def test_a_gap_is_drawn_as_wide_as_it_is() -> None:
    columns = candle_columns(a_frame(a_candle(0), a_candle(180)))
    assert columns["time"] == [OPEN, OPEN + 60, OPEN + 120, OPEN + 180]
    assert columns["close"] == [105.0, None, None, 105.0]


def test_a_huge_gap_is_cut() -> None:
    columns = candle_columns(a_frame(a_candle(0), a_candle(60 * 10_000)))
    assert len(columns["time"]) == 2 + GAP_SHOWN
    assert columns["time"] == sorted(columns["time"])


def test_the_notice_reports_the_completeness_of_candles() -> None:
    whole = ChartHistory(a_frame(a_candle(0), a_candle(60)), [], begins=True)
    assert notice(whole, Timeframe.M1) == "2 candles · no gaps"
    torn = ChartHistory(
        a_frame(a_candle(0, complete=False), a_candle(180)),
        [TimeSpan(at(60), at(180))],
        begins=True,
    )
    assert notice(torn, Timeframe.M1) == (
        "2 candles · 1 gap, 2 candles missing, newest 2025-01-06 00:01 to 2025-01-06 00:03 UTC"
        " · 1 incomplete candle"
    )
    assert notice(ChartHistory(a_frame(), [], begins=True), Timeframe.M1) == ""


def test_the_forming_candle_is_not_called_incomplete() -> None:
    history = ChartHistory(a_frame(a_candle(0), a_candle(60, complete=False)), [], begins=True)
    assert "incomplete" not in notice(history, Timeframe.M1)


def test_emptiness_is_explained_with_the_next_step() -> None:
    running = empty(BTC, Timeframe.M5, LIVE)
    assert running["title"] == "No candles for BTC-USDT 5m yet"
    assert "first trade" in running["action"]
    assert "Start a collector" in empty(BTC, Timeframe.M5, NO_COLLECTOR)["action"]


def test_instruments_are_grouped_by_exchange() -> None:
    names = [InstrumentId("kraken", "XBT-USDT"), BTC]
    payload = listing_payload(Listing(names, (Timeframe.M1,)))
    assert [group["group"] for group in payload["groups"]] == ["kraken", "okx"]
    assert payload["timeframes"] == ["1m"]


def test_the_payload_is_plain_json_with_exact_trades() -> None:
    market = Market(
        instrument=an_instrument(),
        timeframe=Timeframe.M1,
        history=ChartHistory(a_frame(a_candle(0)), [], begins=True),
        trades=[a_trade(1, price="100.1"), a_trade(2, price="100.10", size="0.00000001")],
        quote=None,
    )
    payload = json.loads(json.dumps(market_payload(market, LIVE)))
    assert payload["trades"][0][:3] == [2, "100.10", "1E-8"]
    assert payload["instrument"]["price_decimals"] == 1
    assert payload["instrument"]["size_decimals"] == 8
    assert history_payload(market.history)["begins"] is True


def test_decimals_follow_the_step() -> None:
    assert [decimals_of(Decimal(step)) for step in ("0.1", "1", "0.00000001", "10", "0.50")] == [
        1, 0, 8, 0, 1,
    ]  # fmt: skip
    assert missing_candles([TimeSpan(at(0), at(120))], Timeframe.M1) == 2
