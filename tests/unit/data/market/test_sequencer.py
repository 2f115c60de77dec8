from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from data import Cursor, Hole, HoleState, IdRange, Sequencer
from data.errors import TapeReset
from tests.builders import BTC, a_trade, at, ids_of, trades_at


def a_sequencer(*, behind: int = 10) -> Sequencer:
    """Return a sequencer whose tape ends with trade `behind` at START."""
    return Sequencer(BTC, Cursor(at(0), behind))


def test_a_tape_begins_with_the_first_trade_offered():
    sequencer = Sequencer(BTC)
    assert sequencer.missing is None
    assert ids_of(sequencer.accept([a_trade(500)])) == [500]
    assert sequencer.last == Cursor(at(0), 500)


def test_trades_in_a_row_are_released_at_once():
    sequencer = a_sequencer()
    assert ids_of(sequencer.accept(trades_at(0, 1, 2, first_id=11))) == [11, 12, 13]
    assert (sequencer.held, sequencer.missing, sequencer.first_held) == (0, None, None)


def test_a_hole_holds_the_missing_ids_between_the_trades_around_them():
    sequencer = a_sequencer()
    assert sequencer.hole(HoleState.DEFERRED, at(9)) is None
    sequencer.accept([a_trade(13, at_s=4)])
    assert sequencer.hole(HoleState.DEFERRED, at(9)) == Hole(
        instrument=BTC,
        ids=IdRange(11, 12),
        state=HoleState.DEFERRED,
        after_time=at(0),
        before_time=at(4),
        detected_at=at(9),
    )


def test_a_duplicate_changes_nothing():
    sequencer = a_sequencer()
    sequencer.accept(trades_at(1, 2, first_id=11))
    assert sequencer.accept([a_trade(11, at_s=1), a_trade(5)]) == []
    assert sequencer.duplicates == 2
    assert sequencer.last == Cursor(at(2), 12)


def test_what_comes_too_early_is_held_until_the_missing_ids_come():
    sequencer = a_sequencer()
    assert sequencer.accept([a_trade(13), a_trade(14)]) == []
    assert sequencer.held == 2
    assert sequencer.missing == IdRange(11, 12)
    assert sequencer.first_held == a_trade(13)
    assert ids_of(sequencer.accept([a_trade(12), a_trade(11)])) == [11, 12, 13, 14]
    assert sequencer.held == 0


def test_a_held_trade_that_comes_again_is_a_duplicate():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(13), a_trade(13)])
    assert (sequencer.held, sequencer.duplicates) == (1, 1)


def test_missing_ids_end_before_the_first_held_trade_even_with_holes_behind_it():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(20), a_trade(15)])
    assert sequencer.missing == IdRange(11, 14)


def test_filling_releases_what_was_held_in_id_order():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(14)])
    assert ids_of(sequencer.fill([a_trade(13), a_trade(11), a_trade(12)])) == [11, 12, 13, 14]


def test_a_partly_filled_hole_keeps_its_rest_missing():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(15)])
    assert ids_of(sequencer.fill([a_trade(13), a_trade(11)])) == [11]
    assert sequencer.missing == IdRange(12, 12)


def test_fetched_rows_outside_the_missing_ids_are_ignored():
    sequencer = a_sequencer()
    merged = a_trade(14, size="3", match_count=2)
    sequencer.accept([merged])
    single_row_of_the_same_id = a_trade(14, size="1")
    released = sequencer.fill([a_trade(10), a_trade(11), a_trade(12), single_row_of_the_same_id])
    assert [(trade.trade_id, trade.size) for trade in released] == [
        (11, Decimal(1)),
        (12, Decimal(1)),
        (14, Decimal(3)),
    ]
    assert sequencer.duplicates == 0


def test_filling_when_nothing_is_missing_does_nothing():
    assert a_sequencer().fill([a_trade(11)]) == []


def test_giving_up_goes_on_behind_the_missing_ids():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(15), a_trade(16), a_trade(19)])
    assert ids_of(sequencer.skip()) == [15, 16]
    assert sequencer.missing == IdRange(17, 18)
    assert ids_of(sequencer.skip()) == [19]
    assert sequencer.missing is None


def test_giving_up_nothing_releases_nothing():
    sequencer = a_sequencer()
    assert sequencer.skip() == []
    assert sequencer.last == Cursor(at(0), 10)


def test_tape_time_never_falls_along_ids_and_the_exchange_time_is_kept():
    sequencer = a_sequencer()
    released = sequencer.accept(trades_at(5, 4.97, 6, first_id=11))
    assert [trade.time for trade in released] == [at(5), at(5), at(6)]
    assert [trade.exchange_time for trade in released] == [at(5), at(4.97), at(6)]


def test_tape_time_does_not_fall_behind_the_stored_end():
    sequencer = Sequencer(BTC, Cursor(at(10), 10))
    (trade,) = sequencer.accept([a_trade(11, at_s=9)])
    assert trade.time == at(10)
    assert sequencer.last == Cursor(at(10), 11)


def test_a_merged_row_follows_the_id_before_its_first():
    sequencer = a_sequencer()
    assert ids_of(sequencer.accept([a_trade(13, match_count=3), a_trade(14)])) == [13, 14]


def test_a_merged_row_that_half_repeats_the_tape_is_dropped_and_its_new_ids_go_missing():
    sequencer = a_sequencer()
    assert sequencer.accept([a_trade(12, match_count=4)]) == []
    assert sequencer.overlaps == 1
    sequencer.accept([a_trade(13)])
    assert sequencer.missing == IdRange(11, 12)


def test_a_held_row_that_others_have_covered_since_is_a_duplicate():
    sequencer = a_sequencer()
    sequencer.accept([a_trade(13)])
    assert ids_of(sequencer.accept([a_trade(14, match_count=4)])) == [14]
    assert (sequencer.held, sequencer.duplicates) == (0, 1)


def test_an_old_id_with_a_new_time_means_the_exchange_renumbered():
    sequencer = Sequencer(BTC, Cursor(at(0), 10))
    with pytest.raises(TapeReset, match=r"okx:BTC-USDT: trade 3 at .* comes after trade 10 at"):
        sequencer.accept([a_trade(3, at_s=5.001)])


def test_an_old_id_slightly_newer_than_the_end_is_only_a_duplicate():
    sequencer = Sequencer(BTC, Cursor(at(0), 10))
    assert sequencer.accept([a_trade(3, at_s=5)]) == []
    assert sequencer.duplicates == 1


def test_the_tape_time_of_an_old_id_is_its_own_not_one_it_was_given():
    trade = msgspec.structs.replace(a_trade(3), time=at(0) + timedelta(days=1))
    assert a_sequencer().accept([trade]) == []
