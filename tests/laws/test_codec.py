"""Law 8: messages are decoded as they were encoded; invalid ones are refused."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import (
    Candle,
    CandleSource,
    Cursor,
    Hole,
    HoleState,
    IdRange,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    Side,
    TapeBatch,
    Timeframe,
    Trade,
)
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from data.topics import CandlesClosed, TapeAdvanced
from tests.builders import a_candle, a_hole, a_trade, an_instrument
from utils.codec import CodecError, decode, encode

LAWFULLY = settings(max_examples=100, deadline=None)

times = st.datetimes(timezones=st.just(UTC))
ids = st.integers(0, 2**63 - 1)
texts = st.text(max_size=20)
names = (
    st.text(min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: bool(text) and text.isprintable() and ":" not in text)
)
# From one unit in the four hundredth decimal to numbers of eighty digits.
above_zero = st.one_of(
    st.decimals("1E-30", "1E+30", allow_nan=False, allow_infinity=False),
    st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        st.integers(1, 10**27),
        st.integers(-400, 400),
    ),
    st.integers(1, 10**80).map(Decimal),
    st.integers(1, 10**80).map(lambda digits: Decimal(f"0.{digits:080d}")),
)
instrument_ids = st.builds(InstrumentId, names, names)
cursors = st.builds(Cursor, times, ids)
id_ranges = st.tuples(ids, ids).map(lambda pair: IdRange(min(pair), max(pair)))
trades = st.builds(
    Trade,
    instrument=instrument_ids,
    trade_id=ids,
    price=above_zero,
    size=above_zero,
    side=st.sampled_from(Side),
    time=times,
    exchange_time=times,
    match_count=st.just(1),
    exchange_source=st.integers(0, 9),
)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    timeframe = draw(st.sampled_from(Timeframe))
    low, *inner, high = sorted(draw(st.lists(above_zero, min_size=4, max_size=4)))
    open_, close = draw(st.permutations(inner))
    return Candle(
        instrument=draw(instrument_ids),
        timeframe=timeframe,
        open_time=timeframe.floor(draw(times)),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=draw(above_zero | st.just(Decimal(0))),
        trade_count=draw(st.none() | ids),
        first_trade_id=draw(st.none() | ids),
        last_trade_id=draw(st.none() | ids),
        complete=draw(st.booleans()),
        source=draw(st.sampled_from(CandleSource)),
    )


instruments = st.builds(
    Instrument,
    id=instrument_ids,
    kind=st.sampled_from(InstrumentKind),
    state=st.sampled_from(InstrumentState),
    base=texts,
    quote=texts,
    price_step=above_zero,
    size_step=above_zero,
    min_size=above_zero,
    contract_value=st.none() | above_zero,
    contract_currency=st.none() | texts,
    inverse=st.booleans(),
)
holes = st.builds(
    Hole,
    instrument=instrument_ids,
    ids=id_ranges,
    state=st.sampled_from(HoleState),
    after_time=times,
    before_time=times,
    detected_at=times,
)
batches = st.builds(
    TapeBatch,
    instrument=instrument_ids,
    trades=st.lists(trades, min_size=1, max_size=3),
    candles=st.lists(candles(), max_size=2),
    holes=st.lists(holes, max_size=2),
)
notifications = st.builds(
    TapeAdvanced,
    instrument=instrument_ids,
    first=cursors,
    last=cursors,
    previous_id=st.none() | ids,
    count=ids,
    trades=st.lists(trades, max_size=3),
)
closings = st.builds(
    CandlesClosed, instrument=instrument_ids, candles=st.lists(candles(), max_size=3)
)
streams = st.builds(
    StreamStatus,
    instrument=instrument_ids,
    state=st.sampled_from(StreamState),
    last_trade_time=st.none() | times,
    last_received_at=st.none() | times,
    trades=ids,
    duplicates=ids,
    held=ids,
    holes_open=ids,
    problem=texts,
)
statuses = st.builds(
    CollectorStatus,
    name=texts,
    exchange=texts,
    endpoint=texts,
    state=st.sampled_from(CollectorState),
    since=times,
    reported_at=times,
    pid=ids,
    retry_at=st.none() | times,
    problem=texts,
    reconnects=ids,
    frames=ids,
    unhandled_frames=ids,
    undecodable_frames=ids,
    trades_committed=ids,
    clock_offset_ms=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    streams=st.lists(streams, max_size=2),
)
travellers = st.one_of(
    trades, candles(), instruments, holes, batches, notifications, closings, statuses, cursors
)


@LAWFULLY
@given(travellers)
def test_what_travels_arrives_as_it_was_sent(value: Any):
    assert decode(type(value), encode(value)) == value


@LAWFULLY
@given(trades)
def test_decimals_arrive_with_every_digit_and_trailing_zero(trade: Trade):
    arrived = decode(Trade, encode(trade))
    assert arrived.price.as_tuple() == trade.price.as_tuple()
    assert arrived.size.as_tuple() == trade.size.as_tuple()


@LAWFULLY
@given(travellers)
def test_a_value_has_one_encoding(value: Any):
    assert encode(decode(type(value), encode(value))) == encode(value)


def test_the_first_and_the_last_time_of_all_arrive():
    for time in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        cursor = Cursor(time, 0)
        assert decode(Cursor, encode(cursor)) == cursor


WRONG_FIELDS = [
    (a_trade(), "price", "0"),
    (a_trade(), "price", "NaN"),
    (a_trade(), "price", None),
    (a_trade(), "size", "-1"),
    (a_trade(), "size", "Infinity"),
    (a_trade(), "side", "neither"),
    (a_trade(), "trade_id", -1),
    (a_trade(), "trade_id", "1"),
    (a_trade(), "match_count", 0),
    (a_trade(), "time", "2025-01-06T00:00:00"),
    (a_trade(), "exchange_time", "2025-01-06T00:00:00+01:00"),
    (a_trade(), "instrument", {"exchange": "o:kx", "symbol": "BTC-USDT"}),
    (a_candle(), "high", "99"),
    (a_candle(), "volume", "-1"),
    (a_candle(), "volume", "sNaN"),
    (a_candle(), "open_time", "2025-01-06T00:00:30Z"),
    (a_candle(), "open_time", "2025-01-06T00:00:00"),
    (a_candle(), "timeframe", "2m"),
    (a_candle(), "source", "hearsay"),
    (a_hole(), "ids", {"first": 2, "last": 1}),
    (a_hole(), "after_time", "2025-01-06T00:00:00"),
    (an_instrument(), "price_step", "0"),
    (an_instrument(), "kind", "lottery"),
    (TapeBatch(instrument=a_trade().instrument, trades=[a_trade()]), "trades", []),
    (a_trade().cursor, "time", "2025-01-06T00:00:00"),
]


@pytest.mark.parametrize(("value", "name", "wrong"), WRONG_FIELDS)
def test_what_breaks_a_rule_of_its_type_does_not_arrive(value: Any, name: str, wrong: object):
    fields = msgspec.to_builtins(value)
    assert name in fields
    with pytest.raises(CodecError, match=f"not a {type(value).__name__}: "):
        decode(type(value), msgspec.json.encode({**fields, name: wrong}))


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b'"text"', b"\xff", b"{}"])
def test_what_is_no_value_at_all_does_not_arrive(raw: bytes):
    with pytest.raises(CodecError, match="not a Trade: "):
        decode(Trade, raw)
