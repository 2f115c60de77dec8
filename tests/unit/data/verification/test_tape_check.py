from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import pytest

from data import Candle, HoleState, IdRange, TapeBatch, Timeframe, TimeSpan, Trade
from data.imports.candle_store import build_candles
from data.market.seals import candle_digest
from data.ports import OnProgress
from data.retention import DayDeletion, DropReason, TapeDay
from data.verification.candle_differences import CandleDifference, DifferenceKind
from data.verification.candle_rebuild import CandleRebuild
from data.verification.tape_check import TapeCheck, TapeCheckStats
from tests.builders import BTC, a_candle, a_hole, a_trade, an_exchange_candle, at, trades_at
from tests.fakes import (
    InMemoryCandleRepository,
    InMemoryHoleRepository,
    InMemoryStore,
    InMemoryTradeRepository,
)

M1, M5, S1 = Timeframe.M1, Timeframe.M5, Timeframe.S1
WHOLE = TimeSpan(at(-3600), at(7200))


def a_store(*batches: Sequence[Trade]) -> InMemoryStore:
    """Return a store with these chunks of tape and the candles that they make."""
    store = InMemoryStore()
    for chunk in batches:
        batch = TapeBatch(instrument=BTC, trades=list(chunk))
        InMemoryTradeRepository(store).import_tape(batch)
    build_candles(InMemoryCandleRepository(store), BTC, [S1, M1, M5], a_rebuild(store, WHOLE))
    return store


def a_rebuild(
    store: InMemoryStore, span: TimeSpan, on_progress: OnProgress = lambda _: None
) -> CandleRebuild:
    trades = InMemoryTradeRepository(store, page_rows=100)
    return CandleRebuild(trades, InMemoryHoleRepository(store), BTC, span, on_progress)


def check(
    store: InMemoryStore,
    *timeframes: Timeframe,
    span: TimeSpan = WHOLE,
    exchange_candles: Sequence[Candle] = (),
    on_progress: OnProgress = lambda _: None,
) -> tuple[list[CandleDifference], TapeCheckStats]:
    checker = TapeCheck(
        InMemoryCandleRepository(store),
        InMemoryTradeRepository(store),
        InMemoryHoleRepository(store),
        a_rebuild(store, span, on_progress),
        BTC,
        lambda timeframe, part: [
            c
            for c in exchange_candles
            if c.timeframe is timeframe and part.start <= c.open_time < part.end
        ],
    )
    return list(checker.differences(timeframes, span)), checker.checked


def replace(store: InMemoryStore, candle: Candle) -> None:
    """Store a candle in the place of the announced one."""
    series = store.series(BTC, candle.timeframe)
    series.announced[candle.open_time] = candle
    series.digests[candle.open_time] = candle_digest(candle)


def test_what_was_built_from_the_trades_agrees_with_them():
    differences, checked = check(a_store(trades_at(*range(0, 1000, 7))), S1, M1, M5)
    assert differences == []
    assert checked.candles == 142 + 16 + 3
    assert checked.unverifiable == 0


def test_a_changed_candle_is_found():
    store = a_store(trades_at(*range(0, 1000, 7)))
    candle = store.series(BTC, M1).announced[at(120)]
    replace(store, msgspec.structs.replace(candle, volume=candle.volume + 1))
    (difference,), _ = check(store, M1, M5)
    assert (difference.kind, difference.open_time) == (DifferenceKind.DIFFERENT, at(120))
    assert [field.field for field in difference.fields] == ["volume"]


def test_a_candle_that_is_gone_is_found():
    store = a_store(trades_at(*range(0, 1000, 7)))
    del store.series(BTC, M5).announced[at(300)]
    (difference,), _ = check(store, M1, M5)
    assert (difference.kind, difference.timeframe) == (DifferenceKind.MISSING, M5)


def test_a_candle_in_a_quiet_minute_is_found():
    store = a_store(trades_at(0, 60, 300, 360))
    replace(store, a_candle(180))
    (difference,), _ = check(store, M1)
    assert (difference.kind, difference.open_time) == (DifferenceKind.SURPLUS, at(180))


def test_only_the_span_is_checked():
    store = a_store(trades_at(*range(0, 1000, 7)))
    del store.series(BTC, M1).announced[at(120)]
    differences, checked = check(store, M1, span=TimeSpan(at(180), at(540)))
    assert differences == []
    assert checked.candles == 6


def test_candles_without_their_trades_cannot_be_verified_and_are_counted():
    store = a_store(trades_at(30, 90, 150, first_id=50))
    replace(store, a_candle(-600, ids=(1, 3)))
    replace(store, a_candle(1200, ids=(90, 93)))
    differences, checked = check(store, M1)
    assert differences == []
    assert checked.unverifiable == 2


def test_candles_inside_a_hole_cannot_be_verified():
    store = a_store(trades_at(0, 60, 130), trades_at(600, 660, 720, first_id=50))
    replace(store, an_exchange_candle(300))
    differences, checked = check(store, M1)
    assert differences == []
    assert checked.unverifiable == 1


def test_the_exchanges_stored_candles_are_compared_too():
    store = a_store(trades_at(0, 60, 120, 180, 240, 300))
    candles = InMemoryCandleRepository(store)
    same = ("100", "100", "100", "100")
    candles.save([an_exchange_candle(60, ohlc=same, volume="1")])
    candles.save([an_exchange_candle(120, ohlc=same, volume="2")])
    (difference,), checked = check(store, M1)
    assert (difference.kind, difference.open_time) == (DifferenceKind.EXCHANGE, at(120))
    assert checked.exchange_candles == 2


def test_the_exchange_can_be_compared():
    store = a_store(trades_at(0, 60, 120, 300))
    same = ("100", "100", "100", "100")
    exchange_candles = [
        an_exchange_candle(60, ohlc=same, volume="1"),
        an_exchange_candle(120, ohlc=same, volume="2"),
        an_exchange_candle(180, ohlc=same, volume="0"),
        an_exchange_candle(240, ohlc=same, volume="1"),
    ]
    differences, checked = check(store, M1, exchange_candles=exchange_candles)
    assert [(d.kind, d.open_time) for d in differences] == [
        (DifferenceKind.EXCHANGE, at(120)),
        (DifferenceKind.EXCHANGE, at(240)),
    ]
    assert checked.exchange_candles == 4


def test_a_store_without_trades_verifies_nothing():
    store = InMemoryStore()
    InMemoryCandleRepository(store).save([an_exchange_candle(0)])
    differences, checked = check(store, M1)
    assert differences == []
    assert checked.unverifiable == 1


@pytest.mark.parametrize("timeframe", [S1, M1, M5])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("open", Decimal(101)), ("high", Decimal(200)), ("low", Decimal(1)), ("close", Decimal(99)),
        ("volume", Decimal(7)), ("trade_count", 8), ("first_trade_id", 2), ("last_trade_id", 900),
        ("complete", True),
    ],
)  # fmt: skip
def test_the_first_candle_of_a_timeframe_is_verified_in_every_field(
    timeframe: Timeframe, field: str, value: object
):
    store = a_store(trades_at(*range(0, 1000, 7)))
    stored = store.series(BTC, timeframe).announced[at(0)]
    altered = msgspec.structs.replace(stored, high=Decimal(200), low=Decimal(1))
    replace(store, msgspec.structs.replace(altered, **{field: value}))
    (difference,), checked = check(store, timeframe)
    assert (difference.kind, difference.open_time) == (DifferenceKind.DIFFERENT, at(0))
    assert field in [found.field for found in difference.fields]
    assert checked.unverifiable == 0


def test_a_candle_of_which_retention_dropped_trades_cannot_be_verified():
    store = a_store(trades_at(*range(-90, 400, 7)))
    gone = [key for key, trade in store.tape(BTC).on_tape.items() if trade.time < at(0)]
    for key in gone:
        del store.tape(BTC).on_tape[key]
    differences, _ = check(store, M1, M5)
    assert [difference.open_time for difference in differences] == [at(0), at(0)]
    day = TapeDay(
        instrument=BTC, day=at(-86_400), rows=13, on_tape=13, first_trade_id=1, last_trade_id=13,
        digest="", verified_at=at(0), dropped=DayDeletion(at=at(0), reason=DropReason.AGE),
    )  # fmt: skip
    store.days[day.key] = day
    differences, checked = check(store, M1, M5)
    assert differences == []
    assert checked.unverifiable == 3
    first = store.series(BTC, M1).announced[at(0)]
    replace(store, msgspec.structs.replace(first, volume=first.volume + 1))
    differences, _ = check(store, M1, M5)
    assert [difference.open_time for difference in differences] == [at(0)]


def test_a_stray_candle_that_names_stored_trades_is_found():
    store = a_store(trades_at(30, 90, 150))
    replace(store, a_candle(-600, ids=(1, 3)))
    (difference,), _ = check(store, M1)
    assert (difference.kind, difference.open_time) == (DifferenceKind.SURPLUS, at(-600))


def test_an_announced_candle_that_late_trades_changed_is_a_revision_and_still_verified():
    store = a_store([*trades_at(0, 10), *trades_at(30, 60, 120, first_id=4)])
    store.tape(BTC).holes[IdRange(3, 3)] = a_hole(3, 3, state=HoleState.UNRECOVERABLE)
    InMemoryTradeRepository(store).add_late([a_trade(3, at_s=20)])
    (difference,), _ = check(store, M1)
    assert (difference.kind, difference.open_time) == (DifferenceKind.REVISED, at(0))
    stored = store.series(BTC, M1).announced[at(0)]
    replace(store, msgspec.structs.replace(stored, volume=stored.volume + 1))
    (difference,), _ = check(store, M1)
    assert difference.kind is DifferenceKind.DIFFERENT


def on_tape_meanwhile(store: InMemoryStore, *trades: Trade) -> Callable[[float], None]:
    """Return an observer that stores trades, and what they close, once all rows were read."""

    def on_progress(part: float) -> None:
        if part == 1:
            batch = TapeBatch(instrument=BTC, trades=list(trades))
            InMemoryTradeRepository(store).import_tape(batch)
            candles = InMemoryCandleRepository(store)
            build_candles(candles, BTC, [S1, M1, M5], a_rebuild(store, WHOLE))

    return on_progress


def test_a_candle_that_is_closed_while_the_tape_is_read_is_left_out():
    store = a_store(trades_at(0, 70, 130))
    span = TimeSpan(at(0), at(131))
    on_progress = on_tape_meanwhile(store, a_trade(4, at_s=185))
    differences, checked = check(store, S1, M1, M5, span=span, on_progress=on_progress)
    assert differences == []
    assert (checked.candles, checked.unverifiable) == (2 + 2, 0)
    differences, checked = check(store, S1, M1, M5, span=span)
    assert differences == []
    assert checked.candles == 3 + 3


def test_a_candle_whose_trades_were_read_before_it_was_stored_is_left_out():
    store = a_store(trades_at(0, 70, 130))
    tape = InMemoryTradeRepository(store)
    checker = TapeCheck(
        InMemoryCandleRepository(store), tape, InMemoryHoleRepository(store),
        a_rebuild(store, WHOLE), BTC,
    )  # fmt: skip
    tape.import_tape(TapeBatch(instrument=BTC, trades=[a_trade(4, at_s=185)]))
    assert list(checker.differences([M1], WHOLE)) == []
    assert checker.checked.candles == 2


def test_a_candle_that_no_trade_has_closed_yet_is_found_while_the_tape_goes_on():
    store = a_store(trades_at(0, 70, 130))
    replace(store, a_candle(120, ids=(3, 3)))
    on_progress = on_tape_meanwhile(store, a_trade(4, at_s=150))
    (difference,), _ = check(store, M1, span=TimeSpan(at(0), at(131)), on_progress=on_progress)
    assert (difference.kind, difference.open_time) == (DifferenceKind.SURPLUS, at(120))
