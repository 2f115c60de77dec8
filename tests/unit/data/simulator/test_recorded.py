import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from data.simulator.capture import read_capture
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.tape import TapeSource, read_tape
from utils.errors import ConfigError

TAPE = """trade_id,ts_s,side,price,size,ordtype
10,1762795433.9717445,buy,105433.60000,0.00027625,limit
11,1762795433.9717445,buy,105434.00000,0.50000000,market
12,1762795433.9517445,sell,105410.10000,0.00005000,market
"""

CAPTURE = """wss://ws.okx.com:8443/ws/v5/public <-> 1652459224.53
wss://ws.okx.com:8443/ws/v5/public <- 1652459225.29: {"op":"subscribe","args":[]}
1652459225.50: {"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}
1652459225.51: {"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT",\
"tradeId":"338476307","px":"30236","sz":"0.0002","side":"buy","ts":"1652459224818"}]}
1652459225.52: {"arg":{"channel":"books","instId":"BTC-USDT"},"data":[{"asks":[]}]}
1652459225.53: pong
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    raw = text.encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


@pytest.mark.parametrize("name", ["tape.csv", "tape.csv.gz"])
def test_a_tape_becomes_the_ledger(tmp_path: Path, name: str):
    source = TapeSource("XBT-USDT", read_tape(written(tmp_path, name, TAPE)))
    listing = source.listing
    assert (listing.price_step, listing.size_step) == ("0.1", "0.00000001")
    matches = MatchHistory(source).between(0, 1_762_795_500_000)
    assert matches.ids.tolist() == [10, 11, 12]
    assert listing.price_texts(matches.ticks) == ["105433.6", "105434", "105410.1"]
    assert matches.own_ms.tolist() == [1762795433971, 1762795433971, 1762795433951]
    assert matches.time_ms.tolist() == [1762795433971] * 3
    assert matches.taker.tolist() == [10, 10, 12]


@pytest.mark.parametrize(
    "time",
    [
        "1570752011620",
        "1570752011.62",
        "1570752011620000",
        "1570752011620000000",
        "2019-10-11T00:00:11.620+00:00",
    ],
)
def test_the_unit_of_time_is_seen_from_its_size(tmp_path: Path, time: str):
    text = f"id,time,price,size,side\n1,{time},0.5,2,s\n"
    (row,) = read_tape(written(tmp_path, "t.csv", text))
    assert (row.time_ms, row.price, row.buy) == (1570752011620, Decimal("0.5"), False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,time,price,size\n1,1,1,1\n", "header: has no column side"),
        ("id,time,price,size,side\n", "contains no trades"),
        ("id,time,price,size,side\n1,1,1,1,buy\n1,2,1,1,buy\n", "line 3: must have a rising id"),
        ("id,time,price,size,side\n1,1,-1,1,buy\n", "line 2: must have a rising id"),
        ("id,time,price,size,side\n1,1,x,1,buy\n", "line 2: is not a trade"),
        ("id,time,price,size,side\n1,1,1,1,up\n", "line 2: is not a trade"),
        ("id,time,price,size,side\n1,1,1\n", "line 2: is not a trade"),
    ],
)
def test_a_bad_tape_is_refused_with_its_line(tmp_path: Path, text: str, problem: str):
    with pytest.raises(ConfigError, match=problem):
        read_tape(written(tmp_path, "t.csv", text))


def test_a_missing_file_is_named(tmp_path: Path):
    for read in (read_tape, read_capture):
        with pytest.raises(ConfigError, match=r"nowhere\.csv.*cannot be read"):
            read(tmp_path / "nowhere.csv")


def test_a_capture_is_what_was_received(tmp_path: Path):
    capture = read_capture(written(tmp_path, "c.raw.gz", CAPTURE))
    assert [frame.text for frame in capture.frames][-1] == b"pong"
    assert len(capture.frames) == 4
    (tape,) = capture.tapes()
    assert tape.listing.inst_id == "BTC-USDT"
    assert tape.first_ms == 1652459224818


def test_a_capture_without_a_line_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match="contains no line"):
        read_capture(written(tmp_path, "c.raw", "hello\n"))


def test_the_real_recordings_are_read(recordings: Path):
    capture = read_capture(recordings / "okx" / "okx_ws_public_2022-05-13.raw.gz")
    assert len(capture.frames) == 410
    tapes = {tape.listing.inst_id: tape for tape in capture.tapes()}
    sizes = {name: MatchHistory(tape).latest(1_000, 2**43).size for name, tape in tapes.items()}
    assert sizes == {"BTC-USDT": 69, "BTC-USD-220527": 4, "UNI-USD-SWAP": 1}
