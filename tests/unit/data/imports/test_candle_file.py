from decimal import Decimal
from pathlib import Path

import pytest

from data import CandleSource, Timeframe, TimeSpan
from data.imports.candle_store import fold_imported, store_exchange_candles
from data.imports.tables.cells import TimeUnit
from data.imports.tables.table import Layout
from tests.builders import BTC, an_exchange_candle, at
from tests.fakes import InMemoryCandleRepository, InMemoryStore
from tests.unit.data.imports.files import (
    CANDLE_HEADER,
    a_candle_row,
    candle_file,
    ignore,
    write,
)
from utils.errors import ConfigError

M1 = Timeframe.M1
FLAT = ("105", "105", "105", "105")


def minutes(first: int, last: int) -> TimeSpan:
    return TimeSpan(at(first * 60), at(last * 60))


def opened(candles: object) -> list[float]:
    return [(candle.open_time - at(0)).total_seconds() / 60 for candle in candles]  # type: ignore[attr-defined]


def test_a_row_becomes_the_exchanges_candle(tmp_path: Path):
    file = candle_file(write(tmp_path, [CANDLE_HEADER, a_candle_row(0), a_candle_row(1)]))
    survey = file.check(ignore)
    assert (survey.good, survey.empty, survey.repeated, survey.foreign) == (2, 0, 0, 0)
    candles = list(file.candles(ignore))
    assert candles == [an_exchange_candle(0), an_exchange_candle(60)]
    assert candles[0].source is CandleSource.EXCHANGE
    assert survey.spans == [minutes(0, 2)]


def test_an_empty_minute_is_known_but_is_no_candle(tmp_path: Path):
    rows = [a_candle_row(0), a_candle_row(1, ohlc=FLAT, volume="0.000"), a_candle_row(2)]
    file = candle_file(write(tmp_path, [CANDLE_HEADER, *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.empty) == (3, 1)
    assert survey.spans == [minutes(0, 3)]
    assert opened(file.candles(ignore)) == [0, 2]


def test_a_minute_without_a_row_is_unknown(tmp_path: Path):
    rows = [a_candle_row(minute) for minute in (0, 1, 3, 4, 9)]
    survey = candle_file(write(tmp_path, [CANDLE_HEADER, *rows])).check(ignore)
    assert survey.spans == [minutes(0, 2), minutes(3, 5), minutes(9, 10)]


def test_any_order_will_do(tmp_path: Path):
    rows = [a_candle_row(minute) for minute in (5, 4, 3, 0, 1)]
    file = candle_file(write(tmp_path, [CANDLE_HEADER, *rows]))
    assert file.check(ignore).spans == [minutes(0, 2), minutes(3, 6)]
    assert opened(file.candles(ignore)) == [5, 4, 3, 0, 1]


def test_a_candle_that_is_there_twice_counts_once(tmp_path: Path):
    rows = [a_candle_row(0), a_candle_row(1), a_candle_row(0), a_candle_row(0)]
    file = candle_file(write(tmp_path, [CANDLE_HEADER, *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.repeated, survey.bad.count) == (2, 2, 0)
    assert opened(file.candles(ignore)) == [0, 1]


def test_candles_of_one_minute_that_differ_are_all_left_out_and_named(tmp_path: Path):
    rows = [a_candle_row(0), a_candle_row(1), a_candle_row(0, volume="4"), a_candle_row(0)]
    file = candle_file(write(tmp_path, [CANDLE_HEADER, *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.repeated, survey.bad.count) == (1, 0, 3)
    problem = (
        "the candle of 2025-01-06T00:00:00+00:00 occurs more than once with different values: "
        "none of these rows is imported"
    )
    assert [(bad.line, bad.problem) for bad in survey.bad.first] == [
        (line, problem) for line in (2, 4, 5)
    ]
    assert opened(file.candles(ignore)) == [1]
    assert survey.spans == [minutes(1, 2)]


def test_a_bad_row_of_a_folder_is_named_with_its_file(tmp_path: Path):
    write(tmp_path, [CANDLE_HEADER, a_candle_row(0)], "a.csv")
    write(tmp_path, [CANDLE_HEADER, a_candle_row(1), a_candle_row(2, volume="-1")], "b.csv")
    (bad,) = candle_file(tmp_path).check(ignore).bad.first
    assert (bad.file, bad.line) == ("b.csv", 3)


def test_rows_of_other_timeframes_are_left_to_their_own_import(tmp_path: Path):
    rows = [f"1m,{a_candle_row(0)}", f"1h,{a_candle_row(0)}", f"1M,{a_candle_row(0)}"]
    file = candle_file(write(tmp_path, [f"timeframe,{CANDLE_HEADER}", *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.foreign, survey.bad.count) == (1, 2, 0)


def test_a_file_without_a_row_covers_nothing(tmp_path: Path):
    survey = candle_file(write(tmp_path, [CANDLE_HEADER])).check(ignore)
    assert (survey.good, survey.spans) == (0, [])


def test_a_count_of_trades_is_kept(tmp_path: Path):
    file = candle_file(write(tmp_path, [f"{CANDLE_HEADER},count", f"{a_candle_row(0)},7"]))
    file.check(ignore)
    assert [candle.trade_count for candle in file.candles(ignore)] == [7]


def test_columns_may_stand_in_any_order_without_a_header(tmp_path: Path):
    path = write(tmp_path, ["1736121600000,429.17,429.18,429.29,429.1,16.14578427"])
    mapping = {"open_time": "0", "open": "1", "close": "2", "high": "3", "low": "4", "volume": "5"}
    file = candle_file(path, mapping=mapping, layout=Layout(has_header=False))
    assert file.check(ignore).good == 1
    (candle,) = file.candles(ignore)
    assert (candle.high, candle.low, candle.close) == (
        Decimal("429.29"),
        Decimal("429.1"),
        Decimal("429.18"),
    )


def test_the_opening_may_be_in_iso(tmp_path: Path):
    path = write(tmp_path, [CANDLE_HEADER, "2025-01-06 00:01:00.000000,100,110,90,105,3"])
    file = candle_file(path, unit=TimeUnit.ISO)
    file.check(ignore)
    assert opened(file.candles(ignore)) == [1]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1736121630000,100,110,90,105,3", "opens between two 1m candles"),
        ("1736121600000,100,99,90,95,3", "must lie within low"),
        ("1736121600000,0,110,0,105,3", "open must be above 0"),
        ("1736121600000,100,110,90,105,-3", "volume must not be negative"),
        ("1736121600000,100,110,90,105,0", "has no volume, but different prices"),
        ("1736121600000,100,110,90,105", "has 5 cells, 6 expected"),
        ("1736121600,100,110,90,105,3", "is --time-unit right?"),
        ("1780272000000,100,110,90,105,3", "is in the future"),
    ],
)
def test_a_bad_row_is_reported_with_its_line(tmp_path: Path, row: str, problem: str):
    survey = candle_file(write(tmp_path, [CANDLE_HEADER, a_candle_row(5), row])).check(ignore)
    assert [bad.line for bad in survey.bad.first] == [3]
    assert problem in survey.bad.first[0].problem
    assert survey.spans == [minutes(5, 6)]


def test_the_minute_that_has_just_ended_is_over(tmp_path: Path):
    rows = [CANDLE_HEADER, "1780271940000,100,110,90,105,3"]
    assert candle_file(write(tmp_path, rows)).check(ignore).bad.count == 0


@pytest.mark.parametrize(("mark", "bad"), [("1", 0), ("true", 0), ("0", 1), ("maybe", 1)])
def test_a_candle_marked_as_unfinished_is_no_candle(tmp_path: Path, mark: str, bad: int):
    rows = [f"{CANDLE_HEADER},confirm", f"{a_candle_row(0)},{mark}"]
    assert candle_file(write(tmp_path, rows)).check(ignore).bad.count == bad


@pytest.mark.parametrize(
    ("close_ms", "bad"), [(60_000, 0), (59_999, 0), (60_001, 1), (58_000, 1), (300_000, 1)]
)
def test_a_close_must_be_that_of_the_timeframe(tmp_path: Path, close_ms: int, bad: int):
    row = f"{a_candle_row(0)},{1736121600000 + close_ms}"
    survey = candle_file(write(tmp_path, [f"{CANDLE_HEADER},close_time", row])).check(ignore)
    assert survey.bad.count == bad


@pytest.mark.parametrize(("count", "volume"), [("0", "3"), ("2", "0")])
def test_a_count_must_agree_with_the_volume(tmp_path: Path, count: str, volume: str):
    row = f"{a_candle_row(0, ohlc=FLAT, volume=volume)},{count}"
    survey = candle_file(write(tmp_path, [f"{CANDLE_HEADER},trades", row])).check(ignore)
    assert f"has {count} trades, but a volume of {volume}" in survey.bad.first[0].problem


@pytest.mark.parametrize(
    ("volume", "quote", "fits"),
    [
        ("52.05632", "5205.632", True),
        ("3", "300", True),
        ("3", "330", True),
        ("3", "500", False),
        ("300", "3", False),
        ("0.01", "1.32", True),
        ("0.01", "2.00", False),
    ],
)
def test_two_volumes_are_checked_against_the_prices_as_far_as_they_are_rounded(
    tmp_path: Path, volume: str, quote: str, fits: bool
):
    row = f"{a_candle_row(0, volume=volume)},{quote}"
    survey = candle_file(write(tmp_path, [f"{CANDLE_HEADER},quote_volume", row])).check(ignore)
    assert (survey.bad.count == 0) is fits
    if not fits:
        assert "are the two volumes swapped?" in survey.bad.first[0].problem


def test_a_second_column_of_volume_must_be_mapped(tmp_path: Path):
    path = write(tmp_path, [f"{CANDLE_HEADER},Volume USD", f"{a_candle_row(0)},300"])
    with pytest.raises(ConfigError, match="'Volume USD' may be a volume, too: use quote_volume="):
        candle_file(path)
    assert candle_file(path, mapping={"quote_volume": "Volume USD"}).check(ignore).good == 1
    assert candle_file(path, mapping={"quote_volume": "-"}).check(ignore).good == 1


def test_stored_candles_come_with_the_spans_that_are_known(tmp_path: Path):
    rows = [a_candle_row(0), a_candle_row(1, ohlc=FLAT, volume="0"), a_candle_row(2)]
    file = candle_file(write(tmp_path, [CANDLE_HEADER, *rows]))
    spans = file.check(ignore).spans
    candles = InMemoryCandleRepository(InMemoryStore())
    for changed in (2, 0):
        stored = store_exchange_candles(candles, BTC, M1, file.candles(ignore), spans)
        assert (stored.offered, stored.changed, stored.replaced) == (2, changed, 0)
    assert opened(candles.best(BTC, M1, at(0), at(3600))) == [0, 2]
    assert candles.coverage(BTC, M1, at(0), at(3600)) == [minutes(0, 3)]
    assert candles.frame(BTC, M1, at(0), at(3600)).flat.tolist() == [False, True, False]


def test_a_later_import_replaces_an_earlier_one_and_an_earlier_one_again_restores_it(
    tmp_path: Path,
):
    rows = [a_candle_row(0), a_candle_row(1)]
    first = candle_file(write(tmp_path, [CANDLE_HEADER, *rows], "first.csv"))
    rows = [a_candle_row(0), a_candle_row(1, volume="4")]
    later = candle_file(write(tmp_path, [CANDLE_HEADER, *rows], "later.csv"))
    candles = InMemoryCandleRepository(InMemoryStore())
    for file, volume, replaced in [(first, 3, 0), (later, 4, 1), (first, 3, 1), (first, 3, 0)]:
        spans = file.check(ignore).spans
        stored = store_exchange_candles(candles, BTC, M1, file.candles(ignore), spans)
        assert stored.replaced == replaced
        assert candles.best(BTC, M1, at(60), at(120))[0].volume == volume


def test_a_minute_left_out_is_unknown_or_quiet_as_the_source_is(tmp_path: Path):
    rows = [a_candle_row(0), a_candle_row(3), a_candle_row(5)]
    survey = candle_file(write(tmp_path, [CANDLE_HEADER, *rows])).check(ignore)
    assert survey.spans == [minutes(0, 1), minutes(3, 4), minutes(5, 6)]
    assert survey.spans_if_quiet == [minutes(0, 6)]


def test_the_minutes_of_bad_rows_are_not_quiet(tmp_path: Path):
    duplicates = [a_candle_row(2), a_candle_row(2, volume="4")]
    wrong = a_candle_row(4, volume="-1")
    rows = [a_candle_row(0), *duplicates, wrong, a_candle_row(6), a_candle_row(7, volume="-1")]
    survey = candle_file(write(tmp_path, [CANDLE_HEADER, *rows])).check(ignore)
    assert survey.spans_if_quiet == [minutes(0, 2), minutes(3, 4), minutes(5, 7)]
    assert survey.timeless == 0


def test_bad_rows_without_a_time_are_counted(tmp_path: Path):
    rows = [a_candle_row(0), "noon,1,1,1,1,1", "", "1"]
    survey = candle_file(write(tmp_path, [CANDLE_HEADER, *rows])).check(ignore)
    assert (survey.good, survey.bad.count, survey.timeless) == (1, 2, 2)


def test_the_noise_of_floats_is_rounded_to_the_step(tmp_path: Path):
    prices = ("4.800000190734863", "4.800000190734863", "4.78000020980835", "4.789999961853027")
    file = candle_file(
        write(tmp_path, [CANDLE_HEADER, a_candle_row(0, ohlc=prices)]), price_step="0.01"
    )
    assert file.check(ignore).bad.count == 0
    (candle,) = file.candles(ignore)
    shown = [str(value) for value in (candle.open, candle.high, candle.low, candle.close)]
    assert shown == ["4.80", "4.80", "4.78", "4.79"]


def test_a_price_off_its_step_is_no_noise(tmp_path: Path):
    prices = ("4.805", "4.805", "4.805", "4.805")
    path = write(tmp_path, [CANDLE_HEADER, a_candle_row(0, ohlc=prices)])
    (bad,) = candle_file(path, price_step="0.01").check(ignore).bad.first
    assert bad.problem == (
        "open 4.805 is not a multiple of the step 0.01, and the nearest one, 4.80, "
        "differs by more than "
        "a rounding error of floats: is the step right?"
    )


def imported(store: InMemoryCandleRepository, path: Path) -> int:
    file = candle_file(path)
    spans = file.check(ignore).spans_if_quiet
    store_exchange_candles(store, BTC, M1, file.candles(ignore), spans)
    return fold_imported(store, BTC, M1, spans)


def test_imported_minutes_fold_into_every_timeframe_that_is_known_whole(tmp_path: Path):
    candles = InMemoryCandleRepository(InMemoryStore())
    rows = [a_candle_row(minute) for minute in (0, 1, 4, 5, 6)]
    assert imported(candles, write(tmp_path, [CANDLE_HEADER, *rows])) == 3
    assert opened(candles.best(BTC, Timeframe.M3, at(0), at(3600))) == [0, 3]
    assert opened(candles.best(BTC, Timeframe.M5, at(0), at(3600))) == [0]
    assert candles.coverage(BTC, Timeframe.M3, at(0), at(3600)) == [minutes(0, 6)]
    assert candles.best(BTC, Timeframe.H1, at(0), at(3600)) == []
    rows = [a_candle_row(minute, volume="4") for minute in (6, 59)]
    assert imported(candles, write(tmp_path, [CANDLE_HEADER, *rows])) > 0
    (hour,) = candles.best(BTC, Timeframe.H1, at(0), at(3600))
    assert (hour.volume, hour.source) == (4 * 3 + 2 * 4, CandleSource.EXCHANGE)
    rows = [a_candle_row(minute, volume="5") for minute in (6, 59)]
    imported(candles, write(tmp_path, [CANDLE_HEADER, *rows]))
    assert candles.best(BTC, Timeframe.H1, at(0), at(3600))[0].volume == 4 * 3 + 2 * 5
