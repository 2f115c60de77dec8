"""The contract of every TapeWriter."""

import msgspec
import pytest

from data import HoleState, InstrumentId, TapeBatch, Timeframe, Trade
from data.errors import RepositoryError, RepositoryUnavailable, TapeTaken
from data.ports import TapeWriter
from tests.builders import BTC, ETH, a_candle, a_hole, a_trade, at, ids_of, trades_at
from tests.contract.stores import Stores


def batch_of(*trades: Trade) -> TapeBatch:
    return TapeBatch(instrument=trades[0].instrument, trades=list(trades))


def stored(stores: Stores, instrument: InstrumentId = BTC) -> list[Trade]:
    return [
        trade for page in stores.trades.between(instrument, at(-1), at(10**6)) for trade in page
    ]


def test_an_empty_tape_has_no_end(writer: TapeWriter) -> None:
    assert writer.end(BTC) is None


def test_a_commit_is_visible_to_every_reader(stores: Stores, writer: TapeWriter) -> None:
    trades = trades_at(0, 1, 1)
    writer.commit([batch_of(*trades)])
    other = stores.again()
    assert stored(other) == trades
    assert writer.end(BTC) == trades[-1].cursor
    assert other.trades.end(BTC) == trades[-1].cursor


def test_every_field_comes_back_as_it_was(stores: Stores, writer: TapeWriter) -> None:
    trade = msgspec.structs.replace(
        a_trade(7, price="0.00000000123456789012345678", size="12345678901234567890.5", at_s=1.5),
        match_count=4,
        exchange_source=1,
        exchange_time=at(1.470001),
    )
    writer.commit([batch_of(trade)])
    assert stored(stores) == [trade]


def test_candles_and_holes_are_committed_with_their_trades(
    stores: Stores, writer: TapeWriter
) -> None:
    candle, hole = a_candle(), a_hole(3, 5)
    writer.commit(
        [TapeBatch(instrument=BTC, trades=trades_at(0, 70), candles=[candle], holes=[hole])]
    )
    assert stores.candles.announced(BTC, Timeframe.M1, at(0), at(60)) == [candle]
    assert stores.holes.of(BTC) == [hole]


def test_a_candle_that_was_announced_stays_and_the_new_version_is_kept_beside_it(
    stores: Stores, writer: TapeWriter
) -> None:
    first, second = a_candle(volume="3"), a_candle(volume="4")
    stores.candles.save([first])
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(70), candles=[second])])
    assert stores.candles.announced(BTC, Timeframe.M1, at(0), at(60)) == [first]
    assert stores.candles.versions(BTC, Timeframe.M1, at(0), at(60)) == [second]


def test_a_hole_declared_again_takes_its_new_state(stores: Stores, writer: TapeWriter) -> None:
    first = TapeBatch(
        instrument=BTC, trades=trades_at(0), holes=[a_hole(2, 3, state=HoleState.OPEN)]
    )
    second = TapeBatch(
        instrument=BTC,
        trades=trades_at(1, first_id=4),
        holes=[a_hole(2, 3, state=HoleState.DEFERRED)],
    )
    writer.commit([first])
    writer.commit([second])
    assert [hole.state for hole in stores.holes.of(BTC)] == [HoleState.DEFERRED]


def test_several_tapes_and_batches_are_committed_at_once(
    stores: Stores, writer: TapeWriter
) -> None:
    eth = a_trade(90, at_s=5, instrument=ETH)
    writer.commit([batch_of(a_trade(1)), batch_of(eth), batch_of(a_trade(2, at_s=1))])
    assert ids_of(stored(stores)) == [1, 2]
    assert writer.end(BTC) == a_trade(2, at_s=1).cursor
    assert writer.end(ETH) == eth.cursor


def test_a_commit_of_nothing_changes_nothing(stores: Stores, writer: TapeWriter) -> None:
    writer.commit([])
    assert stored(stores) == []


@pytest.mark.parametrize(
    "trade",
    [
        pytest.param(a_trade(2, at_s=9), id="the last id again"),
        pytest.param(a_trade(1, at_s=9), id="an older id"),
        pytest.param(a_trade(3, at_s=0.5), id="an older time"),
        pytest.param(a_trade(4, at_s=9, match_count=3), id="a merged row over stored ids"),
    ],
)
def test_a_batch_that_does_not_follow_the_end_is_refused_whole(
    stores: Stores, writer: TapeWriter, trade: Trade
) -> None:
    writer.commit([batch_of(*trades_at(0, 1))])
    with pytest.raises(RepositoryError, match=r"okx:BTC-USDT.*does not follow"):
        writer.commit([batch_of(a_trade(1, instrument=ETH)), batch_of(trade)])
    assert ids_of(stored(stores)) == [1, 2]
    assert stored(stores, ETH) == []


def test_a_batch_that_repeats_another_of_the_same_commit_is_refused(
    stores: Stores, writer: TapeWriter
) -> None:
    with pytest.raises(RepositoryError, match="does not follow"):
        writer.commit([batch_of(*trades_at(0, 1)), batch_of(a_trade(2, at_s=1))])
    assert stored(stores) == []


def test_a_tape_that_was_not_claimed_is_refused(stores: Stores) -> None:
    writer = stores.trades.open_writer()
    with pytest.raises(RepositoryError, match=r"okx:BTC-USDT.*must be claimed"):
        writer.commit([batch_of(a_trade())])
    assert stored(stores) == []


def test_a_writer_that_failed_is_of_no_more_use_and_the_next_one_goes_on(
    stores: Stores, writer: TapeWriter
) -> None:
    writer.commit([batch_of(a_trade(1))])
    with pytest.raises(RepositoryError):
        writer.commit([batch_of(a_trade(1))])
    with pytest.raises(RepositoryUnavailable, match="open another"):
        writer.commit([batch_of(a_trade(2, at_s=1))])
    with pytest.raises(RepositoryUnavailable, match="open another"):
        writer.end(BTC)
    following = stores.trades.open_writer()
    following.claim([BTC])
    following.commit([batch_of(a_trade(2, at_s=1))])
    following.close()
    assert ids_of(stored(stores)) == [1, 2]


@pytest.mark.two_sessions
def test_a_tape_has_one_writer_at_a_time(stores: Stores, writer: TapeWriter) -> None:
    second = stores.again().trades.open_writer()
    with pytest.raises(TapeTaken, match="okx:BTC-USDT"):
        second.claim([BTC])
    writer.close()
    third = stores.again().trades.open_writer()
    third.claim([BTC])
    third.close()


def test_claiming_twice_is_harmless(stores: Stores, writer: TapeWriter) -> None:
    writer.claim([BTC])
    writer.close()
    following = stores.trades.open_writer()
    following.claim([BTC])
    following.close()


@pytest.mark.two_sessions
@pytest.mark.usefixtures("writer")
def test_another_tape_may_be_claimed_at_the_same_time(stores: Stores) -> None:
    other = stores.trades.open_writer()
    other.claim([InstrumentId("okx", "SOL-USDT")])
    other.close()


def test_closing_twice_is_harmless(writer: TapeWriter) -> None:
    writer.close()
    writer.close()


def test_a_tape_may_be_written_before_the_instruments_facts_are_known(
    stores: Stores, writer: TapeWriter
) -> None:
    writer.commit([batch_of(a_trade())])
    assert stores.instruments.get(BTC) is None
    assert stores.instruments.all() == []


def test_a_tape_that_begins_takes_over_the_rows_stored_at_or_behind_its_first_trade(
    stores: Stores, writer: TapeWriter
) -> None:
    stores.trades.add_late(trades_at(0, 1, 2))
    writer.commit([batch_of(*trades_at(1, 2, 3, first_id=2))])
    assert ids_of(stored(stores)) == [1, 2, 3, 4]
    assert ids_of(stores.trades.after(BTC, a_trade(1).cursor, 10)) == [2, 3, 4]
