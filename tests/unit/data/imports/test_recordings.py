"""Our folds against what real exchanges published, read through the importing core."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from data import Candle, CandleAggregator, InstrumentId, Timeframe, Trade, aggregate, merge_candles
from data.imports.batches import split_batches
from data.imports.candle_file import CandleFile, CandleSurvey
from data.imports.candle_rows import CandleRows
from data.imports.tables.cells import TimeUnit, time_reader
from data.imports.tables.formats import open_table
from data.imports.tables.table import Layout
from data.imports.trade_file import TradeFile
from data.imports.trade_rows import TradeRows

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NAME = InstrumentId("recorded", "A-B")
M1, M5 = Timeframe.M1, Timeframe.M5
OpenCandles = Callable[..., tuple[CandleFile, CandleSurvey]]
ReadCandles = Callable[..., list[Candle]]
ReadTape = Callable[[str, TimeUnit], list[Trade]]


def ignore(_: float) -> None:
    """Watch nothing."""


@pytest.fixture
def tape_of(recordings: Path, tmp_path: Path) -> ReadTape:
    """Return a reader of recorded tapes, with tape times and nothing missing."""

    def read(name: str, unit: TimeUnit) -> list[Trade]:
        table = open_table(recordings / name, Layout())
        rows = TradeRows(NAME, table.header, {}, time_reader(unit, NOW))
        file = TradeFile(table, rows, tmp_path)
        assert file.check(ignore).bad.count == 0
        batches = list(split_batches(NAME, file.trades(ignore), None, NOW))
        assert [hole for batch in batches for hole in batch.holes] == []
        return [trade for batch in batches for trade in batch.trades]

    return read


@pytest.fixture
def file_of(recordings: Path) -> OpenCandles:
    """Return an opener of recorded candles."""

    def open_file(
        name: str,
        timeframe: Timeframe,
        unit: TimeUnit,
        layout: Layout | None = None,
        **columns: str,
    ) -> tuple[CandleFile, CandleSurvey]:
        table = open_table(recordings / name, layout or Layout())
        rows = CandleRows(NAME, timeframe, table.header, columns, time_reader(unit, NOW), NOW)
        file = CandleFile(table, rows, timeframe)
        return file, file.check(ignore)

    return open_file


@pytest.fixture
def candles_of(file_of: OpenCandles, recordings: Path) -> ReadCandles:
    """Return a reader of recorded candles, those of quiet buckets included, in time order."""

    def read(name: str, timeframe: Timeframe, unit: TimeUnit) -> list[Candle]:
        _, survey = file_of(name, timeframe, unit)
        assert survey.bad.count == 0
        table = open_table(recordings / name, Layout())
        rows = CandleRows(NAME, timeframe, table.header, {}, time_reader(unit, NOW), NOW)
        candles = [rows.read(cells) for _, cells in table.rows(ignore)]
        mine = [candle for candle in candles if candle is not None]
        return sorted(mine, key=lambda candle: candle.open_time)

    return read


def values_of(candle: Candle) -> tuple[object, ...]:
    return candle.open, candle.high, candle.low, candle.close, candle.volume


def by_bucket(candles: Iterable[Candle], timeframe: Timeframe) -> dict[datetime, list[Candle]]:
    groups = groupby(candles, lambda candle: timeframe.floor(candle.open_time))
    return {open_time: list(parts) for open_time, parts in groups}


def test_the_kraken_tape_makes_the_exchanges_own_minutes(
    tape_of: ReadTape, candles_of: ReadCandles
):
    trades = tape_of("tape/kraken_xbtusdt_trades_2025-11-10.csv.gz", TimeUnit.S)
    fold = CandleAggregator(NAME, [M1])
    closed = [candle for trade in trades for candle in fold.add(trade)]
    ours = {candle.open_time: candle for candle in (*closed, *fold.state)}
    theirs = candles_of("tape/kraken_xbtusdt_1m_exchange_2025-11-10.csv.gz", M1, TimeUnit.S)
    assert len(trades) == 1000
    assert len(theirs) == 721
    complete = flat = 0
    first, last = M1.floor(trades[0].time), M1.floor(trades[-1].time)
    previous = None
    for candle in theirs:
        if first < candle.open_time <= last:
            mine = ours.get(candle.open_time)
            if mine is None:
                assert (candle.volume, candle.trade_count) == (0, 0)
                assert previous is not None
                assert {*values_of(candle)[:4]} == {previous.close}
                flat += 1
            else:
                assert mine.complete
                assert (*values_of(mine), mine.trade_count) == (
                    *values_of(candle),
                    candle.trade_count,
                )
                complete += 1
        previous = candle
    assert (complete, flat) == (273, 137)


@pytest.mark.parametrize(("timeframe", "count"), [(M1, 2469), (M5, 706)])
def test_the_binance_tape_makes_the_candles_that_another_program_made_of_it(
    tape_of: ReadTape, candles_of: ReadCandles, timeframe: Timeframe, count: int
):
    trades = tape_of("tape/binance_xrpeth_aggtrades_2019-10-11_13.csv.gz", TimeUnit.MS)
    theirs = candles_of(
        f"tape/binance_xrpeth_{timeframe}_2019-10-11_13.csv.gz", timeframe, TimeUnit.MS
    )
    ours = aggregate(NAME, [timeframe], trades)
    # Only a later trade closes a candle; the other program closed the last one with the file.
    assert len(ours) == count - 1
    assert [values_of(c) for c in ours] == [values_of(c) for c in theirs[:-1]]
    assert [c.open_time for c in ours] == [c.open_time for c in theirs[:-1]]
    assert len(theirs) == count


def test_every_finished_candle_whose_parts_are_all_there_equals_their_fold(
    candles_of: ReadCandles,
):
    name = "ohlcv/binance_ethbtc_15_timeframes_2020-05-17.csv.gz"
    # In each timeframe the last row was still forming when the recording was made.
    finished = {
        timeframe: candles_of(name, timeframe, TimeUnit.S)[:-1]
        for timeframe in Timeframe
        if timeframe is not Timeframe.S1
    }
    assert sum(len(candles) for candles in finished.values()) > 4_000
    checked = 0
    for fine, parts in finished.items():
        for coarse, candles in finished.items():
            if fine is coarse or not fine.divides(coarse):
                continue
            in_one = coarse.seconds // fine.seconds
            groups = by_bucket(parts, coarse)
            for candle in candles:
                group = groups.get(candle.open_time, [])
                if len(group) == in_one:
                    assert values_of(merge_candles(group, coarse)) == values_of(candle), candle
                    checked += 1
    assert checked > 1_000


def test_swapped_volumes_are_found_row_by_row(file_of: OpenCandles):
    name = "ohlcv/bitstamp_btcusd_1h_2018-05_2022-03.csv.gz"
    columns = {"open_time": "unix", "quote_volume": "Volume USD"}
    _, survey = file_of(name, Timeframe.H1, TimeUnit.S, **columns)
    assert (survey.bad.count, survey.good) == (20_143, 13_116)
    assert "are the two volumes swapped?" in survey.bad.first[0].problem


def test_a_newest_first_file_with_a_comment_is_read(file_of: OpenCandles):
    name = "ohlcv/okx_btc-usdt-swap_4H_2019-12_2026-06.csv.gz"
    _, survey = file_of(name, Timeframe.H4, TimeUnit.MS)
    assert (survey.good, survey.bad.count, len(survey.spans)) == (14_328, 1, 1)
    assert survey.bad.first[0].problem == "is marked as incomplete"


@pytest.mark.slow
def test_a_year_of_minutes_without_header_is_sparse(file_of: OpenCandles):
    columns = {
        "open_time": "0", "open": "1", "close": "2", "high": "3", "low": "4", "volume": "5",
    }  # fmt: skip
    _, survey = file_of(
        "ohlcv/bitfinex_btcusd_1m_2016.csv.gz", M1, TimeUnit.MS, Layout(has_header=False), **columns
    )
    known = sum((span.end - span.start for span in survey.spans), timedelta(0))
    assert (survey.good, survey.bad.count) == (293_230, 0)
    assert known == timedelta(minutes=293_230)
