from pathlib import Path

import pytest

from data import Side
from data.imports.sorting import NumberedTrade, merge_runs, write_runs
from data.imports.tables.cells import TimeUnit
from data.imports.tables.problems import SHOWN
from data.imports.tables.table import Layout
from data.market.trade import NUMBERED
from tests.builders import a_trade, ids_of
from tests.unit.data.imports.files import TRADE_HEADER, a_trade_row, ignore, trade_file, write
from utils.errors import ConfigError


def test_a_file_in_order_is_read_as_it_is(tmp_path: Path):
    path = write(tmp_path, [TRADE_HEADER, a_trade_row(5), a_trade_row(6, 10), a_trade_row(9, 20)])
    file = trade_file(path)
    survey = file.check(ignore)
    assert (survey.good, survey.repeated, survey.bad.count) == (3, 0, 0)
    assert survey.in_order
    assert survey.first is not None
    assert survey.last is not None
    assert (survey.first.trade_id, survey.last.trade_id) == (5, 9)
    assert ids_of(file.trades(ignore)) == [5, 6, 9]


def test_a_row_becomes_a_trade_digit_by_digit(tmp_path: Path):
    path = write(tmp_path, ["q,side,t,when,px", "1e-8,SELL,7,1736121600.25,105433.60000"])
    file = trade_file(path, mapping={"size": "q", "id": "t", "time": "when"}, unit=TimeUnit.S)
    file.check(ignore)
    (trade,) = file.trades(ignore)
    assert trade == a_trade(7, price="105433.6", size="0.00000001", at_s=0.25, side=Side.SELL)
    assert str(trade.price) == "105433.60000"


def test_columns_without_a_header_are_numbers(tmp_path: Path):
    path = write(tmp_path, ["x,7,1736121600000,100,1,s", "x,8,1736121600000,100,1,b"])
    mapping = {"id": "1", "time": "2", "price": "3", "size": "4", "side": "5"}
    file = trade_file(path, mapping=mapping, layout=Layout(has_header=False))
    assert file.check(ignore).good == 2
    assert [trade.side for trade in file.trades(ignore)] == [Side.SELL, Side.BUY]


def test_the_makers_side_determines_the_takers_side(tmp_path: Path):
    header = "id,price,qty,quote_qty,time,isBuyerMaker"
    path = write(
        tmp_path, [header, "1,100,2,200,1736121600000,True", "2,100,2,200,1736121600000,false"]
    )
    file = trade_file(path)
    file.check(ignore)
    assert [trade.side for trade in file.trades(ignore)] == [Side.SELL, Side.BUY]


def test_a_file_without_sides_is_refused(tmp_path: Path):
    path = write(tmp_path, ["id,time,price,size", "1,1736121600000,100,1"])
    with pytest.raises(ConfigError, match="side: specify it as"):
        trade_file(path)


def test_a_count_reports_how_many_ids_a_row_covers(tmp_path: Path):
    path = write(tmp_path, [f"{TRADE_HEADER},count", f"{a_trade_row(5)},1", f"{a_trade_row(8)},3"])
    file = trade_file(path)
    assert file.check(ignore).bad.count == 0
    assert [trade.first_id for trade in file.trades(ignore)] == [5, 6]


@pytest.mark.parametrize("ids", [[9, 8, 7, 6], [6, 9, 7, 8], [8, 9, 6, 7]])
def test_a_file_in_any_order_comes_out_by_id(tmp_path: Path, ids: list[int]):
    rows = [a_trade_row(trade_id, trade_id * 1000) for trade_id in ids]
    file = trade_file(write(tmp_path, [TRADE_HEADER, *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.in_order) == (4, False)
    assert survey.first is not None
    assert survey.first.trade_id == 6
    assert ids_of(file.trades(ignore)) == [6, 7, 8, 9]
    assert ids_of(file.trades(ignore)) == [6, 7, 8, 9]


def test_a_row_that_is_there_twice_counts_once(tmp_path: Path):
    rows = [a_trade_row(5), a_trade_row(5), a_trade_row(6), a_trade_row(5)]
    file = trade_file(write(tmp_path, [TRADE_HEADER, *rows]))
    survey = file.check(ignore)
    assert (survey.good, survey.repeated, survey.bad.count) == (2, 2, 0)
    assert ids_of(file.trades(ignore)) == [5, 6]


@pytest.mark.parametrize("order", [(5, 5, 6), (6, 5, 5), (5, 6, 5), (7, 5, 5, 6, 5)])
def test_rows_of_an_id_that_differ_are_all_left_out_and_named(
    tmp_path: Path, order: tuple[int, ...]
):
    rows = [a_trade_row(trade_id, price=str(100 + line)) for line, trade_id in enumerate(order)]
    file = trade_file(write(tmp_path, [TRADE_HEADER, *rows]))
    survey = file.check(ignore)
    assert [(bad.line, bad.problem) for bad in survey.bad.first] == [
        (
            line,
            "trade 5 occurs more than once with different values: none of these rows is imported",
        )
        for line, trade_id in enumerate(order, start=2)
        if trade_id == 5
    ]
    assert survey.good == len(set(order)) - 1
    assert ids_of(file.trades(ignore)) == sorted(set(order) - {5})


def test_merged_rows_must_not_cover_an_id_twice(tmp_path: Path):
    path = write(tmp_path, [f"{TRADE_HEADER},count", f"{a_trade_row(5)},1", f"{a_trade_row(6)},2"])
    (bad,) = trade_file(path).check(ignore).bad.first
    assert bad.problem == "covers ids from 5, but follows trade 5"


def test_time_may_fall_by_a_clocks_tremble_but_not_by_more(tmp_path: Path):
    rows = [a_trade_row(1, 120_000), a_trade_row(2, 60_000), a_trade_row(3, 59_999)]
    survey = trade_file(write(tmp_path, [TRADE_HEADER, *rows, a_trade_row(4, 130_000)])).check(
        ignore
    )
    assert survey.good == 4
    rows = [a_trade_row(1, 120_000), a_trade_row(2, 59_999), a_trade_row(3, 121_000)]
    survey = trade_file(write(tmp_path, [TRADE_HEADER, *rows])).check(ignore)
    assert [bad.line for bad in survey.bad.first] == [3]
    assert "trade 2 at 2025-01-06T00:00:59.999000+00:00 is earlier" in survey.bad.first[0].problem


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("5,1736121600000,100,1", "has 4 cells, 5 expected"),
        ("5,1736121600000,100,1,buy,x", "has 6 cells, 5 expected"),
        ("5,1736121600000,0,1,buy", "price must be above 0, was 0"),
        ("5,1736121600000,100,-1,buy", "size must be above 0, was -1"),
        ("5,1736121600000,100,,buy", "size '' is not a number"),
        ("x,1736121600000,100,1,buy", "id 'x' is not a whole number from 0 to 9223372036854775807"),
        ("5,1736121600,100,1,buy", "is --time-unit right?"),
        ("5,1736121600000,100,1,up", "side 'up' is neither buy nor sell"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_left_out(tmp_path: Path, row: str, problem: str):
    file = trade_file(write(tmp_path, [TRADE_HEADER, a_trade_row(1), row, a_trade_row(6)]))
    survey = file.check(ignore)
    assert survey.good == 2
    assert survey.bad.count == 1
    assert survey.bad.first[0].line == 3
    assert problem in survey.bad.first[0].problem
    assert ids_of(file.trades(ignore)) == [1, 6]


def test_a_file_of_two_symbols_is_two_files(tmp_path: Path):
    rows = [f"{a_trade_row(1)},BTC-USDT", f"{a_trade_row(2)},ETH-USDT"]
    survey = trade_file(write(tmp_path, [f"{TRADE_HEADER},symbol", *rows])).check(ignore)
    assert (
        survey.bad.first[0].problem == "symbol 'ETH-USDT' differs from the first row's, 'BTC-USDT'"
    )


def test_only_the_first_bad_rows_are_kept_and_all_are_counted(tmp_path: Path):
    survey = trade_file(write(tmp_path, [TRADE_HEADER, *["x"] * 1000])).check(ignore)
    assert survey.bad.count == 1000
    assert [bad.line for bad in survey.bad.first] == list(range(2, 2 + SHOWN))
    assert survey.first is None


def test_sorting_spills_runs_and_merges_them(tmp_path: Path):
    rows = [NumberedTrade(line, a_trade(line * 37 % 101)) for line in range(1, 101)]
    paths = write_runs(rows, tmp_path, run_rows=7)
    assert len(paths) == 15
    merged = list(merge_runs(paths))
    assert [row.trade.trade_id for row in merged] == list(range(1, 101))
    assert sorted(merged, key=lambda row: row.line) == rows
    assert merged[0].trade == a_trade(1)


def test_more_runs_than_files_may_be_open_are_merged_first(tmp_path: Path):
    rows = [NumberedTrade(line, a_trade(line * 37 % 101)) for line in range(1, 101)]
    paths = write_runs(rows, tmp_path, run_rows=4, open_files=3)
    assert len(paths) <= 3
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert ids_of(row.trade for row in merge_runs(paths)) == list(range(1, 101))


def test_rows_without_ids_are_numbered_with_a_note(tmp_path: Path):
    rows = ["id,time,price,size,side", *(f"{name},1736121600000,100,1,buy" for name in "abb")]
    path = write(tmp_path, rows)
    assert trade_file(path).check(ignore).bad.count == 3
    file = trade_file(path, number_rows=True)
    assert (file.check(ignore).good, file.check(ignore).repeated) == (3, 0)
    trades = list(file.trades(ignore))
    assert ids_of(trades) == [1, 2, 3]
    assert {trade.exchange_source for trade in trades} == {NUMBERED}


def test_a_bad_row_has_its_number_so_that_it_is_missing(tmp_path: Path):
    rows = ["time,price,size,side", "1736121600000,100,1,buy", "x,1,1,buy", "1736121600000,1,1,buy"]
    file = trade_file(write(tmp_path, rows), number_rows=True)
    assert file.check(ignore).bad.count == 1
    assert ids_of(file.trades(ignore)) == [1, 3]


def test_without_ids_a_file_requires_its_rows_numbered(tmp_path: Path):
    path = write(tmp_path, ["time,price,size,side"])
    with pytest.raises(ConfigError, match="id: specify it as id=COLUMN, or number the"):
        trade_file(path)


def test_the_noise_of_floats_is_rounded_to_the_step(tmp_path: Path):
    path = write(tmp_path, [TRADE_HEADER, a_trade_row(1, price="4.78000020980835")])
    file = trade_file(path, price_step="0.01")
    assert file.check(ignore).bad.count == 0
    assert [str(trade.price) for trade in file.trades(ignore)] == ["4.78"]
