import gzip
import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from data import CandleSource, InstrumentKind, InstrumentState, Timeframe
from data.collectors.okx.rows import (
    BARS,
    kind_of,
    listings_of,
    read_candles,
    read_instruments,
    read_response,
    read_time,
    read_trade_rows,
)
from data.errors import ProtocolError
from tests.builders import BTC

OPEN_MS = 1757076060000


def test_bars_of_six_hours_and_more_are_requested_in_utc() -> None:
    assert [BARS[t] for t in (Timeframe.S1, Timeframe.M30, Timeframe.H4)] == ["1s", "30m", "4H"]
    assert [BARS[t] for t in (Timeframe.H6, Timeframe.H12, Timeframe.D1, Timeframe.W1)] == [
        "6Hutc", "12Hutc", "1Dutc", "1Wutc",
    ]  # fmt: skip
    assert set(BARS) == set(Timeframe)


def test_only_confirmed_candles_are_read() -> None:
    row = [str(OPEN_MS), "1.0", "3", "0.5", "2", "10.5", "20", "20", "1"]
    old = [str(OPEN_MS - 60_000), "1", "1", "1", "1", "0", "0"]
    data = json.dumps([[*row[:8], "0"], row, old]).encode()
    candle, empty = read_candles(data, BTC, Timeframe.M1)
    assert (candle.open, candle.high, candle.low, candle.close, candle.volume) == (
        Decimal("1.0"), Decimal(3), Decimal("0.5"), Decimal(2), Decimal("10.5"),
    )  # fmt: skip
    assert (candle.source, candle.complete, candle.trade_count) == (
        CandleSource.EXCHANGE, True, None,
    )  # fmt: skip
    assert empty.volume == 0


@pytest.mark.parametrize(
    "row",
    [
        ["1"],
        ["x", "1", "1", "1", "1", "1"],
        [str(OPEN_MS), "1", "1", "one", "1", "1"],
        [str(OPEN_MS + 1), "1", "1", "1", "1", "1"],
        [str(OPEN_MS), "9", "3", "1", "2", "1"],
    ],
)
def test_a_candle_that_cannot_be_is_a_protocol_error(row: list[str]) -> None:
    with pytest.raises(ProtocolError):
        read_candles(json.dumps([row]).encode(), BTC, Timeframe.M1)


def test_answers_are_read_also_without_data() -> None:
    answer = read_response(b'{"code":"50011","msg":"Too Many Requests"}')
    assert (answer.code, answer.msg, bytes(answer.data)) == ("50011", "Too Many Requests", b"[]")
    with pytest.raises(ProtocolError):
        read_response(b"<html>busy</html>")
    with pytest.raises(ProtocolError):
        read_trade_rows(b'[{"instId":"X"}]')
    with pytest.raises(ProtocolError):
        read_time(b"[]")
    assert read_time(b'[{"ts":"1597026383085"}]').isoformat() == "2020-08-10T02:26:23.085000+00:00"


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("BTC-USDT", InstrumentKind.SPOT),
        ("BTC-USDT-SWAP", InstrumentKind.SWAP),
        ("BTC-USD-220527", InstrumentKind.FUTURES),
        ("BTC-USD-220304-32000-P", InstrumentKind.OPTION),
    ],
)
def test_a_symbol_determines_its_kind(symbol: str, kind: InstrumentKind) -> None:
    assert kind_of(symbol) is kind


def test_one_listing_per_kind_and_family_is_requested() -> None:
    symbols = ["BTC-USDT", "ETH-USDT", "BTC-USD-220304-1-P", "BTC-USD-220304-2-C", "X-USDT-SWAP"]
    assert listings_of(symbols) == [
        {"instType": "SPOT"},
        {"instType": "OPTION", "instFamily": "BTC-USD"},
        {"instType": "SWAP"},
    ]


def test_an_instrument_that_is_not_fully_described_is_left_out() -> None:
    rows = [
        {"instId": "A-B", "instType": "SPOT", "state": "preopen", "tickSz": "", "lotSz": ""},
        {
            "instId": "C-D", "instType": "SPOT", "state": "rebase", "baseCcy": "C",
            "quoteCcy": "D", "tickSz": "0.1", "lotSz": "1", "minSz": "1", "instIdCode": None,
        },
    ]  # fmt: skip
    (found,) = read_instruments(json.dumps(rows).encode(), "okx")
    assert (found.id.symbol, found.state) == ("C-D", InstrumentState.SUSPENDED)


def test_the_real_instrument_lists_are_read(recordings: Path) -> None:
    found = {}
    for kind in ("spot", "swap"):
        path = recordings / "okx" / f"okx_rest_instruments_{kind}_2026-04-27.json.gz"
        answer = read_response(gzip.decompress(path.read_bytes()))
        instruments = read_instruments(bytes(answer.data), "okx")
        listed = msgspec.json.decode(answer.data)
        assert len(instruments) == sum(1 for row in listed if row["tickSz"])
        found.update({instrument.id.symbol: instrument for instrument in instruments})
    spot, swap = found["BTC-USDT"], found["BTC-USDT-SWAP"]
    assert (spot.price_step, spot.size_step, spot.min_size) == (
        Decimal("0.1"), Decimal("0.00000001"), Decimal("0.00001"),
    )  # fmt: skip
    assert (spot.base, spot.quote, spot.contract_value) == ("BTC", "USDT", None)
    assert (swap.base, swap.quote, swap.contract_value) == ("BTC", "USDT", Decimal("0.01"))
    assert (swap.contract_currency, swap.inverse) == ("BTC", False)
    assert found["BTC-USD-SWAP"].inverse
