"""The contract of every TradeRepository."""

from datetime import timedelta

import msgspec
import pytest

from data import Cursor, InstrumentId, TapeBatch, Trade
from data.errors import InvalidValue, RepositoryError, TapeTaken
from data.ports import TapeWriter
from tests.builders import BTC, ETH, a_hole, a_trade, at, ids_of, trades_at
from tests.contract.stores import PAGE_ROWS, Stores

KRAKEN = InstrumentId("kraken", "XBT-USDT")


def kraken(*seconds: float, first_id: int = 1) -> TapeBatch:
    trades = trades_at(*seconds, first_id=first_id)
    return TapeBatch(
        instrument=KRAKEN,
        trades=[msgspec.structs.replace(trade, instrument=KRAKEN) for trade in trades],
    )


def all_ids(stores: Stores, instrument: InstrumentId = BTC, *, on_tape: bool = False) -> list[int]:
    pages = stores.trades.between(instrument, at(-9), at(10**6), on_tape=on_tape)
    return [trade_id for page in pages for trade_id in ids_of(page)]


def commit(writer: TapeWriter, *trades: Trade) -> None:
    writer.commit([TapeBatch(instrument=BTC, trades=list(trades))])


def test_nothing_is_stored_of_an_unknown_instrument(stores: Stores) -> None:
    assert stores.trades.end(BTC) is None
    assert stores.trades.latest(BTC, 5) == []
    assert stores.trades.after(BTC, Cursor(at(0), 0), 5) == []
    assert stores.trades.first_at_or_after(BTC, at(0)) is None
    assert all_ids(stores) == []


def test_a_span_holds_its_start_and_not_its_end(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, *trades_at(0, 1, 2, 3))
    pages = list(stores.trades.between(BTC, at(1), at(3)))
    assert [ids_of(page) for page in pages] == [[2, 3]]


def test_a_long_span_comes_in_full_pages_without_loss_or_repeat(
    stores: Stores, writer: TapeWriter
) -> None:
    # Equal times across the borders of pages: the order is by id.
    commit(writer, *trades_at(0, 1, 1, 1, 1, 1, 2))
    pages = list(stores.trades.between(BTC, at(0), at(9)))
    assert [ids_of(page) for page in pages] == [[1, 2, 3], [4, 5, 6], [7]]
    assert len(pages[0]) == PAGE_ROWS


def test_a_span_of_exactly_one_page_is_one_page(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, *trades_at(0, 1, 2))
    assert [ids_of(page) for page in stores.trades.between(BTC, at(0), at(9))] == [[1, 2, 3]]


def test_trades_of_another_instrument_are_left_out(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, a_trade(1))
    writer.commit([TapeBatch(instrument=ETH, trades=[a_trade(5, instrument=ETH)])])
    assert all_ids(stores, BTC) == [1]
    assert all_ids(stores, ETH) == [5]


def test_a_cursor_is_passed_by_time_and_id(stores: Stores, writer: TapeWriter) -> None:
    trades = trades_at(0, 1, 1, 2)
    commit(writer, *trades)
    assert ids_of(stores.trades.after(BTC, trades[1].cursor, 10)) == [3, 4]
    assert ids_of(stores.trades.after(BTC, trades[1].cursor, 1)) == [3]
    assert stores.trades.after(BTC, trades[-1].cursor, 10) == []


def test_the_latest_trades_come_oldest_first(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, *trades_at(0, 1, 1, 2))
    assert ids_of(stores.trades.latest(BTC, 3)) == [2, 3, 4]
    assert ids_of(stores.trades.latest(BTC, 99)) == [1, 2, 3, 4]


def test_the_first_trade_at_or_after_a_time_is_found(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, *trades_at(0, 2, 2))
    assert stores.trades.first_at_or_after(BTC, at(0)) == Cursor(at(0), 1)
    assert stores.trades.first_at_or_after(BTC, at(1)) == Cursor(at(2), 2)
    assert stores.trades.first_at_or_after(BTC, at(3)) is None


def test_late_trades_are_seen_by_charts_and_never_by_folds_that_passed(
    stores: Stores, writer: TapeWriter
) -> None:
    commit(writer, a_trade(1), a_trade(4, at_s=3))
    assert stores.trades.add_late([a_trade(2, at_s=1), a_trade(3, at_s=2)]) == 2
    assert all_ids(stores) == [1, 2, 3, 4]
    assert all_ids(stores, on_tape=True) == [1, 4]
    assert ids_of(stores.trades.after(BTC, a_trade(1).cursor, 10)) == [4]
    assert stores.trades.end(BTC) == a_trade(4, at_s=3).cursor


def test_trades_from_before_the_tape_began_are_late_too(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, a_trade(10, at_s=10))
    assert stores.trades.add_late(trades_at(0, 1)) == 2
    assert all_ids(stores) == [1, 2, 10]


def test_late_trades_require_no_tape(stores: Stores) -> None:
    assert stores.trades.add_late(trades_at(0, 1)) == 2
    assert all_ids(stores) == [1, 2]
    assert stores.trades.end(BTC) is None


def test_late_trades_of_several_instruments_are_added_at_once(stores: Stores) -> None:
    assert stores.trades.add_late([a_trade(1), a_trade(1, instrument=ETH)]) == 2
    assert stores.trades.add_late([a_trade(2), a_trade(1, instrument=ETH)]) == 1
    assert stores.trades.add_late([]) == 0


def test_a_stored_trade_is_left_alone_when_it_comes_late(
    stores: Stores, writer: TapeWriter
) -> None:
    commit(writer, *trades_at(0, 1))
    # The same trade, received alone, may have another tape time: the id identifies it.
    again = msgspec.structs.replace(a_trade(2, price="7"), time=at(0.97))
    assert stores.trades.add_late([again]) == 0
    assert stores.trades.latest(BTC, 9) == trades_at(0, 1)


def test_trades_ahead_of_the_tape_are_not_late(stores: Stores, writer: TapeWriter) -> None:
    commit(writer, a_trade(1))
    with pytest.raises(RepositoryError, match="2 is after the end of the tape"):
        stores.trades.add_late([a_trade(2, at_s=1)])
    assert all_ids(stores) == [1]


def test_a_foreign_tape_is_imported_chunk_by_chunk(stores: Stores) -> None:
    assert stores.trades.import_tape(kraken(0, 1)) == 2
    assert stores.trades.import_tape(kraken(2, 3, first_id=3)) == 2
    assert all_ids(stores, KRAKEN, on_tape=True) == [1, 2, 3, 4]
    assert stores.trades.end(KRAKEN) == Cursor(at(3), 4)


def test_importing_again_changes_nothing(stores: Stores) -> None:
    stores.trades.import_tape(kraken(0, 1, 2))
    assert stores.trades.import_tape(kraken(0, 1, 2)) == 0
    assert stores.trades.import_tape(kraken(1, 2, 3, first_id=2)) == 1
    assert all_ids(stores, KRAKEN, on_tape=True) == [1, 2, 3, 4]
    assert stores.trades.end(KRAKEN) == Cursor(at(3), 4)


def test_an_older_chunk_goes_beside_the_tape_and_leaves_its_end(stores: Stores) -> None:
    stores.trades.import_tape(kraken(100, 101, first_id=50))
    assert stores.trades.import_tape(kraken(0, 1)) == 2
    assert all_ids(stores, KRAKEN) == [1, 2, 50, 51]
    assert all_ids(stores, KRAKEN, on_tape=True) == [50, 51]
    assert stores.trades.end(KRAKEN) == Cursor(at(101), 51)


def test_an_imported_chunk_brings_its_holes_and_never_reopens_one(stores: Stores) -> None:
    hole = msgspec.structs.replace(a_hole(3, 5), instrument=KRAKEN)
    chunk = msgspec.structs.replace(kraken(0, 1), holes=[hole])
    stores.trades.import_tape(chunk)
    assert stores.holes.of(KRAKEN) == [hole]
    stores.holes.resolve(hole, type(hole.state).FILLED)
    stores.trades.import_tape(chunk)
    assert [stored.state for stored in stores.holes.of(KRAKEN)] == [type(hole.state).FILLED]


@pytest.mark.two_sessions
@pytest.mark.usefixtures("writer")
def test_a_tape_that_is_being_written_cannot_be_imported(stores: Stores) -> None:
    with pytest.raises(TapeTaken, match="okx:BTC-USDT"):
        stores.trades.import_tape(TapeBatch(instrument=BTC, trades=trades_at(0)))


def test_a_chunk_out_of_order_is_refused(stores: Stores) -> None:
    backwards = TapeBatch(instrument=BTC, trades=[a_trade(2), a_trade(1)])
    with pytest.raises(InvalidValue, match="trade 1"):
        stores.trades.import_tape(backwards)
    falling = TapeBatch(instrument=BTC, trades=[a_trade(1, at_s=1), a_trade(2)])
    with pytest.raises(InvalidValue, match="trade 2"):
        stores.trades.import_tape(falling)


def test_a_chunk_with_newer_ids_at_older_times_is_refused(stores: Stores) -> None:
    stores.trades.import_tape(kraken(100))
    with pytest.raises(RepositoryError, match="does not follow"):
        stores.trades.import_tape(kraken(0, first_id=2))
    assert all_ids(stores, KRAKEN) == [1]


def test_microseconds_survive(stores: Stores) -> None:
    time = at(0) + timedelta(microseconds=123_457)
    trade = msgspec.structs.replace(a_trade(), time=time, exchange_time=time)
    stores.trades.add_late([trade])
    assert stores.trades.latest(BTC, 1) == [trade]
