import pytest

from data.simulator.market.bars import MINUTE_MS
from data.simulator.market.match_history import MatchHistory
from data.simulator.protocol.catalog import Catalog
from data.simulator.protocol.rest import ENDPOINTS, RestError, View
from tests.unit.data.simulator.listed_market import ListedSource

SOURCE = ListedSource([(100 + i, i * 20_000, 500 + i % 7, 1 + i) for i in range(900)])
NOW_MS = 150 * MINUTE_MS
LEDGER = MatchHistory(SOURCE)
VIEW = View(
    Catalog({"BTC-USDT": SOURCE.listing}, listed_ms=0), {"BTC-USDT": LEDGER}, NOW_MS, NOW_MS + 7
)
LAST_ID = 100 + NOW_MS // 20_000


def get(path: str, **query: object) -> list:
    return ENDPOINTS[f"/api/v5/{path}"].answer(VIEW, {k: str(v) for k, v in query.items()})


def ids(path: str, **query: object) -> list[int]:
    return [int(row["tradeId"]) for row in get(path, instId="BTC-USDT", **query)]


def opens(path: str = "market/history-candles", **query: object) -> list[int]:
    return [int(row[0]) for row in get(path, instId="BTC-USDT", **query)]


def test_time_is_returned():
    assert get("public/time") == [{"ts": str(NOW_MS + 7)}]


def test_the_last_trades_come_newest_first():
    assert ids("market/trades", limit=3) == [LAST_ID, LAST_ID - 1, LAST_ID - 2]
    assert len(ids("market/trades")) == 100
    assert len(ids("market/trades", limit=10_000)) == LAST_ID - 100 + 1


def test_after_means_strictly_older():
    assert ids("market/history-trades", after=200, limit=3) == [199, 198, 197]
    assert ids("market/history-trades", after=100) == []
    assert ids("market/history-trades", after=10**9, limit=1) == [LAST_ID]


def test_before_alone_is_the_newest_page():
    assert ids("market/history-trades", before=150, limit=2) == [LAST_ID, LAST_ID - 1]
    assert ids("market/history-trades", before=LAST_ID - 1) == [LAST_ID]
    assert ids("market/history-trades", before=LAST_ID) == []


def test_both_cursors_bound_the_page_from_two_sides():
    assert ids("market/history-trades", after=205, before=200) == [204, 203, 202, 201]


def test_pages_are_cut_to_the_most_allowed():
    assert len(ids("market/history-trades", limit=400)) == 100
    assert len(opens(limit=1_000)) == 151


def test_a_page_by_time_is_strictly_older():
    assert ids("market/history-trades", type=2, after=20_000 * 10, limit=2) == [109, 108]


def test_candles_come_newest_first_and_the_first_may_be_open():
    rows = get("market/candles", instId="BTC-USDT", limit=2)
    assert [row[0] for row in rows] == [str(NOW_MS), str(NOW_MS - MINUTE_MS)]
    assert [row[8] for row in rows] == ["0", "1"]


def test_candle_cursors_are_exclusive():
    assert opens(after=3 * MINUTE_MS) == [2 * MINUTE_MS, MINUTE_MS, 0]
    assert opens(after=3 * MINUTE_MS + 1, limit=1) == [3 * MINUTE_MS]
    assert opens(after=5 * MINUTE_MS, before=2 * MINUTE_MS) == [4 * MINUTE_MS, 3 * MINUTE_MS]
    assert opens(before=NOW_MS - MINUTE_MS) == [NOW_MS]
    assert opens(after=0) == []


def test_candles_page_through_everything_without_a_seam():
    found, after = [], NOW_MS + MINUTE_MS
    while page := opens(after=after, limit=40):
        found += page
        after = page[-1]
    assert found == list(range(NOW_MS, -1, -MINUTE_MS))


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("market/trades", {}, "50014"),
        ("market/trades", {"instId": "FOO"}, "51001"),
        ("market/candles", {"instId": "BTC-USDT", "bar": "1h"}, "51000"),
        ("market/history-trades", {"instId": "BTC-USDT", "type": 3}, "51000"),
        ("market/history-trades", {"instId": "BTC-USDT", "type": 2, "before": 1}, "50039"),
        ("market/history-trades", {"instId": "BTC-USDT", "after": "x"}, "51000"),
        ("market/history-trades", {"instId": "BTC-USDT", "limit": "0"}, "51000"),
        ("public/instruments", {}, "50014"),
        ("public/instruments", {"instType": "OPTION"}, "50014"),
        ("public/instruments", {"instType": "SPOT", "instId": "FOO"}, "51001"),
    ],
)
def test_a_wrong_question_gets_the_exchanges_own_code(path: str, query: dict, code: str):
    with pytest.raises(RestError) as error:
        get(path, **query)
    assert error.value.code == code


def test_instruments_are_listed_with_their_steps():
    (found,) = get("public/instruments", instType="SPOT", instId="BTC-USDT")
    assert (found["tickSz"], found["lotSz"], found["state"]) == ("0.1", "0.01", "live")
    assert get("public/instruments", instType="SWAP") == []


def test_the_ticker_has_the_last_trade_and_the_day():
    (found,) = get("market/ticker", instId="BTC-USDT")
    last = get("market/trades", instId="BTC-USDT", limit=1)[0]
    assert (found["last"], found["lastSz"], found["ts"]) == (last["px"], last["sz"], last["ts"])
    assert found["open24h"] == "50"
    assert found["high24h"] == "50.6"
    assert float(found["bidPx"]) < float(found["askPx"])
    assert get("market/tickers", instType="SPOT") == [found]


@pytest.mark.parametrize("name", ["after", "before", "limit"])
def test_numbers_without_end_are_refused(name: str):
    for path in ("market/history-trades", "market/history-candles"):
        with pytest.raises(RestError, match=f"Parameter {name} error"):
            get(path, instId="BTC-USDT", **{name: "9" * 5_000})


@pytest.mark.parametrize("bar", ["1m", "1W", "3M"])
def test_candles_of_times_that_cannot_be_are_none(bar: str):
    assert opens(bar=bar, before=10**18) == []
