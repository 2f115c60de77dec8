import pytest

from data import InstrumentId, TapeBatch, Trade
from data.errors import RepositoryError
from database.repositories.locks import advisory_key
from database.repositories.tape_ends import TapeExtent, extents_of
from tests.builders import BTC, ETH, a_trade, at, trades_at


def batch_of(*trades: Trade) -> TapeBatch:
    return TapeBatch(instrument=trades[0].instrument, trades=list(trades))


def test_a_chunk_begins_with_the_first_id_that_a_merged_row_covers() -> None:
    merged = a_trade(9, at_s=2, match_count=4)
    assert extents_of([batch_of(merged)]) == {BTC: TapeExtent(at(2), 6, at(2), 9)}


def test_batches_of_one_tape_are_one_chunk() -> None:
    batches = [
        batch_of(*trades_at(0, 1)),
        batch_of(a_trade(5, instrument=ETH)),
        batch_of(*trades_at(1, 3, first_id=3)),
    ]
    assert extents_of(batches) == {
        BTC: TapeExtent(at(0), 1, at(3), 4),
        ETH: TapeExtent(at(0), 5, at(0), 5),
    }


@pytest.mark.parametrize("second", [a_trade(2, at_s=9), a_trade(3, at_s=0.5)])
def test_batches_out_of_order_are_refused(second: Trade) -> None:
    with pytest.raises(RepositoryError, match="does not follow the tape's end 2"):
        extents_of([batch_of(*trades_at(0, 1)), batch_of(second)])


def test_the_key_of_a_lock_is_stable_and_fits_postgresql() -> None:
    assert advisory_key("tape", BTC) == advisory_key("tape", InstrumentId("okx", "BTC-USDT"))
    keys = {advisory_key(kind, name) for kind in ("tape", "late") for name in (BTC, ETH)}
    assert len(keys) == 4
    assert all(-(2**63) <= key < 2**63 for key in keys)
    # Two versions of the program must agree on it.
    assert advisory_key("tape", BTC) == -6104833386478506026
