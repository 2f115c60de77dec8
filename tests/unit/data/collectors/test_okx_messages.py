import gzip
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from data import InstrumentId, Side
from data.collectors.feed.protocol import (
    Acknowledged,
    Ignored,
    Message,
    Refused,
    ServiceNotice,
    TradesPushed,
    Unhandled,
)
from data.collectors.okx.messages import OkxProtocol, to_time
from data.errors import ProtocolError

ROW = (
    '{"instId":"BTC-USDT","tradeId":"1051102132","px":"78808.8","sz":"0.00504905",'
    '"side":"sell","ts":"1788118931677"%s}'
)


def frame(row: str, channel: str = "trades-all") -> bytes:
    return f'{{"arg":{{"channel":"{channel}","instId":"BTC-USDT"}},"data":[{row}]}}'.encode()


def read(raw: bytes, channel: str = "trades-all") -> Message:
    return OkxProtocol("okx", channel).read(raw)


def trades(raw: bytes, channel: str = "trades-all") -> TradesPushed:
    message = read(raw, channel)
    assert isinstance(message, TradesPushed)
    return message


def test_a_trade_is_read_field_for_field() -> None:
    pushed = trades(
        frame(ROW % ',"count":"3","source":"1","seqId":80559459948', "trades"), "trades"
    )
    (trade,) = pushed.trades
    assert pushed.symbol == "BTC-USDT"
    assert trade.instrument == InstrumentId("okx", "BTC-USDT")
    assert (trade.trade_id, trade.first_id, trade.match_count) == (1051102132, 1051102130, 3)
    assert (trade.price, trade.size) == (Decimal("78808.8"), Decimal("0.00504905"))
    assert (trade.side, trade.exchange_source) == (Side.SELL, 1)
    assert trade.time == trade.exchange_time == to_time(1788118931677)
    assert trade.time.isoformat() == "2026-08-30T19:42:11.677000+00:00"


@pytest.mark.parametrize("extra", ["", ',"source":"0"', ',"source":0,"new":{"a":[1]}'])
def test_fields_may_be_missing_or_new(extra: str) -> None:
    (trade,) = trades(frame(ROW % extra)).trades
    assert (trade.match_count, trade.exchange_source) == (1, 0)


def test_numbers_may_come_for_strings_and_stay_exact() -> None:
    row = (
        '{"instId":"BTC-USDT","tradeId":7,"px":0.1,"sz":1e-8,"side":"buy","ts":1788118931677,'
        '"count":2}'
    )
    (trade,) = trades(frame(row)).trades
    assert (trade.trade_id, trade.match_count) == (7, 2)
    assert (trade.price, trade.size) == (Decimal("0.1"), Decimal("1E-8"))


def test_an_update_may_hold_several_trades_or_none() -> None:
    two = ROW % "" + "," + (ROW % "").replace("1051102132", "1051102133")
    assert [trade.trade_id for trade in trades(frame(two)).trades] == [1051102132, 1051102133]
    assert trades(frame("")).trades == []


def test_neighbours_of_another_millisecond_have_another_time() -> None:
    rows = [(ROW % "").replace("1788118931677", str(ms)) for ms in (5, 5, 6, 5)]
    times = [trade.time for trade in trades(frame(",".join(rows))).trades]
    assert times == [to_time(5), to_time(5), to_time(6), to_time(5)]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x82\x00\xff",
        b"[]",
        b'{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"inst',
        b'{"data":[]}',
        b'{"arg":{"channel":"trades","instId":"BTC-USDT"}}',
        frame((ROW % "").replace('"78808.8"', '"NaN"')),
        frame((ROW % "").replace('"78808.8"', '"-1"')),
        frame((ROW % "").replace("sell", "short")),
        frame((ROW % "").replace('"ts"', '"time"')),
        frame((ROW % "").replace("1788118931677", "9" * 18)),
        frame((ROW % "").replace("BTC-USDT", "ETH-USDT")),
    ],
)
def test_what_cannot_be_read_is_a_protocol_error(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"pong", Ignored()),
        (
            b'{"id":"1","event":"subscribe","arg":{"channel":"trades","instId":"X"},"connId":"a"}',
            Acknowledged("X"),
        ),
        (b'{"event":"unsubscribe","arg":{"instId":"X","channel":"trades"}}', Ignored()),
        (
            b'{"event":"notice","code":"64008","msg":"soon"}',
            ServiceNotice("64008", "soon", is_closing=True),
        ),
        (
            b'{"event":"error","code":"60014","msg":"often"}',
            Refused("60014", "often", None, is_temporary=True),
        ),
        (b'{"event":"subscribe","arg":{"channel":"books","instId":"X"}}', Ignored()),
        (b'{"event":"error","code":60012,"msg":"no"}', Refused("60012", "no", None)),
        (b'{"event":"channel-conn-count","channel":"o","connCount":"2"}', None),
        (b'{"event":"subscribe"}', None),
        (b'{"arg":{"channel":"tickers","instId":"X"},"data":[{"last":"1"}]}', None),
        (b'{"arg":{"channel":"candle1m","instId":"X"},"data":[["1","2"]]}', None),
        (b'{"arg":{"channel":"books","instId":"X"},"action":"update","data":[{}]}', None),
    ],
)
def test_events_are_distinguished_and_the_rest_is_unhandled(
    raw: bytes, message: Message | None
) -> None:
    found = read(raw, "trades")
    assert found == message if message else isinstance(found, Unhandled)


@pytest.mark.parametrize(
    "text",
    [
        "Wrong URL or channel:trades,instId:BTC-USDT doesn't exist. Please use the correct URL.",
        "Subscribe failed, wrong URL or channel:trades,instId:BTC-USDT doesn't exist.",
        "channel: trades, instId: BTC-USDT, something else",
    ],
)
def test_a_refusal_names_its_argument(text: str) -> None:
    raw = json.dumps({"event": "error", "code": "60018", "msg": text}).encode()
    assert read(raw, "trades") == Refused("60018", text, "BTC-USDT")
    assert read(raw, "trades-all") == Refused("60018", text, None)


def test_a_request_is_written_as_the_exchange_documents_it() -> None:
    text = OkxProtocol("okx", "trades-all").subscribe(["BTC-USDT"])
    arg = {"channel": "trades-all", "instId": "BTC-USDT"}
    assert json.loads(text) == {"id": "1", "op": "subscribe", "args": [arg]}


def received(path: Path) -> Iterator[bytes]:
    for line in gzip.decompress(path.read_bytes()).splitlines():
        head, _, raw = line.partition(b": ")
        if raw and b"<" not in head:
            yield raw


@pytest.mark.parametrize(
    ("name", "count", "unhandled"),
    [
        ("okx_ws_public_2022-05-13", 74, {"books": 290, "tickers": 28}),
        ("okcoin_ws_public_2023-05-27", 4, {"candle1m": 12, "tickers": 8, "books": 6}),
    ],
)
def test_every_frame_of_a_real_session_is_read(
    recordings: Path, name: str, count: int, unhandled: dict[str, int]
) -> None:
    messages = [read(raw, "trades") for raw in received(recordings / "okx" / f"{name}.raw.gz")]
    others = Counter(message.name for message in messages if isinstance(message, Unhandled))
    pushed = [m for m in messages if isinstance(m, TradesPushed)]
    assert sum(len(message.trades) for message in pushed) == count
    assert others == unhandled


def test_messages_of_other_clients_fixtures_are_read(recordings: Path) -> None:
    lines = (recordings / "okx" / "okx_ws_trades_2025-02-24.jsonl").read_bytes().splitlines()
    rows = [json.loads(line)["data"][0] for line in lines]
    trades_read = [trades(line, "trades").trades[0] for line in lines]
    assert [
        (str(t.trade_id), str(t.price), str(t.size), str(t.match_count)) for t in trades_read
    ] == [(row["tradeId"], row["px"], row["sz"], row["count"]) for row in rows]
