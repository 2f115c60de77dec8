import json
from itertools import pairwise

import numpy as np

from data.simulator.market.candles import ExactCandle
from data.simulator.market.listing import decimal_text, decimal_texts
from data.simulator.market.matches import Matches
from data.simulator.market.volatility_profile import VOLATILITY_PROFILES
from data.simulator.protocol.messages import candle_row, trade_rows, trades, trades_all

SPOT, SWAP = VOLATILITY_PROFILES[0].listing, VOLATILITY_PROFILES[4].listing


def matches(*rows: tuple[int, int, int, int, bool, int]) -> Matches:
    ids, times, ticks, lots, buy, taker = (np.array(column) for column in zip(*rows, strict=True))
    return Matches(ids, times, times, ticks, lots, buy, taker)


SWEEP = matches(
    (7, 1788118931677, 788088, 504905, False, 7),
    (8, 1788118931677, 788088, 100000000, False, 7),
    (9, 1788118931677, 788080, 1, False, 7),
    (10, 1788118931700, 788080, 2, False, 10),
)


def test_every_match_is_one_message_of_trades_all():
    found = trades_all(SPOT, SWEEP)
    assert [(message.first_id, message.last_id) for message in found] == [
        (7, 7), (8, 8), (9, 9), (10, 10),
    ]  # fmt: skip
    assert json.loads(found[0].payload) == {
        "arg": {"channel": "trades-all", "instId": "BTC-USDT"},
        "data": [
            {
                "instId": "BTC-USDT", "tradeId": "7", "px": "78808.8", "sz": "0.00504905",
                "side": "sell", "source": "0", "ts": "1788118931677",
            }
        ],
    }  # fmt: skip


def test_trades_merges_one_taker_order_at_one_price():
    found = [json.loads(message.payload)["data"][0] for message in trades(SPOT, SWEEP)]
    assert [(row["tradeId"], row["count"], row["sz"]) for row in found] == [
        ("8", "2", "1.00504905"), ("9", "1", "0.00000001"), ("10", "1", "0.00000002"),
    ]  # fmt: skip
    assert set(found[0]) == {
        "instId", "tradeId", "px", "sz", "side", "ts", "count", "source", "seqId",
    }  # fmt: skip
    assert isinstance(found[0]["seqId"], int)
    assert [message.first_id for message in trades(SPOT, SWEEP)] == [7, 9, 10]


def test_sequence_numbers_rise_in_jumps():
    numbers = [json.loads(each.payload)["data"][0]["seqId"] for each in trades(SPOT, SWEEP)]
    assert all(late - early > 1 for early, late in pairwise(numbers))


def test_no_matches_are_no_messages():
    assert trades(SPOT, Matches.none()) == []
    assert trades_all(SPOT, Matches.none()) == []


def test_rest_writes_a_match_as_a_row_without_count():
    row = trade_rows(SPOT, SWEEP)[3]
    assert row == {
        "instId": "BTC-USDT", "side": "sell", "sz": "0.00000002", "source": "0",
        "px": "78808", "tradeId": "10", "ts": "1788118931700",
    }  # fmt: skip


CANDLE = ExactCandle(
    open_ms=1757076060000, open=1126001, high=1126319, low=1124771, close=1124771,
    lots=150, turnover=150 * 1125000, confirmed=True,
)  # fmt: skip


def test_a_spot_candle_counts_base_and_quote():
    row = candle_row(SPOT, CANDLE)
    assert row[:5] == ["1757076060000", "112600.1", "112631.9", "112477.1", "112477.1"]
    assert row[5:] == ["0.0000015", "0.16875", "0.16875", "1"]


def test_a_swap_candle_counts_contracts_base_and_quote():
    assert candle_row(SWAP, CANDLE)[5:] == ["1.5", "0.015", "1687.5", "1"]


def test_decimals_are_written_without_trailing_zeros():
    assert decimal_text(0, 8) == "0"
    assert decimal_text(100, 2) == "1"
    assert decimal_text(105, 2) == "1.05"
    assert decimal_text(7, 3) == "0.007"
    assert decimal_text(12, 0) == "12"
    values = np.array([0, 100, 105, 7, 123456])
    assert decimal_texts(values, 2) == [decimal_text(value, 2) for value in values.tolist()]
    assert decimal_texts(values, 0) == ["0", "100", "105", "7", "123456"]
