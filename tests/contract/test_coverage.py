"""The contract of every CandleRepository: covered spans."""

import msgspec
import pytest

from data import HoleState, TapeBatch, Timeframe, TimeSpan
from data.ports import TapeWriter
from tests.builders import BTC, ETH, a_hole, at, trades_at
from tests.contract.stores import Stores

M1 = Timeframe.M1


def span(start_s: float, end_s: float) -> TimeSpan:
    return TimeSpan(at(start_s), at(end_s))


def known(stores: Stores, start_s: float = -1000, end_s: float = 1000) -> list[TimeSpan]:
    return stores.candles.coverage(BTC, M1, at(start_s), at(end_s))


def cover(stores: Stores, *spans: TimeSpan) -> None:
    stores.candles.add_coverage(BTC, M1, spans)


def test_nothing_is_known_at_first(stores: Stores) -> None:
    assert known(stores) == []


def test_spans_that_touch_or_overlap_are_joined(stores: Stores) -> None:
    cover(stores, span(0, 10), span(10, 20), span(50, 60))
    cover(stores, span(55, 70), span(30, 40))
    assert known(stores) == [span(0, 20), span(30, 40), span(50, 70)]


def test_covering_again_changes_nothing(stores: Stores) -> None:
    cover(stores, span(0, 10))
    cover(stores, span(0, 10), span(2, 5))
    assert known(stores) == [span(0, 10)]


def test_spans_are_clipped_to_what_is_requested(stores: Stores) -> None:
    cover(stores, span(0, 10), span(20, 30), span(40, 50))
    assert known(stores, 5, 25) == [span(5, 10), span(20, 25)]
    assert known(stores, 10, 20) == []


def test_empty_spans_cover_nothing(stores: Stores) -> None:
    cover(stores)
    cover(stores, span(5, 5))
    assert known(stores) == []


def test_coverage_belongs_to_one_instrument_and_timeframe(stores: Stores) -> None:
    cover(stores, span(0, 10))
    assert stores.candles.coverage(ETH, M1, at(0), at(10)) == []
    assert stores.candles.coverage(BTC, Timeframe.H1, at(0), at(10)) == []


def test_what_the_tape_spans_is_known_in_every_timeframe(
    stores: Stores, writer: TapeWriter
) -> None:
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(10, 20))])
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(90, first_id=3))])
    assert known(stores) == [span(10, 90)]
    assert stores.candles.coverage(BTC, Timeframe.H1, at(0), at(50)) == [span(10, 50)]


def test_coverage_and_tape_are_joined(stores: Stores, writer: TapeWriter) -> None:
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(10, 20))])
    cover(stores, span(0, 10), span(20, 30))
    assert known(stores) == [span(0, 30)]


@pytest.mark.parametrize(
    ("state", "harmless"),
    [
        (HoleState.OPEN, False),
        (HoleState.DEFERRED, False),
        (HoleState.UNRECOVERABLE, False),
        (HoleState.FILLED, True),
        (HoleState.VERIFIED, True),
    ],
)
def test_a_hole_is_unknown_unless_it_is_harmless(
    stores: Stores, writer: TapeWriter, state: HoleState, harmless: bool
) -> None:
    hole = a_hole(2, 9, state=state, from_s=20)
    trades = [*trades_at(10), *trades_at(30, first_id=10)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades, holes=[hole])])
    expected = [span(10, 30)] if harmless else [span(10, 20), span(21, 30)]
    assert known(stores) == expected


def test_coverage_covers_a_hole(stores: Stores, writer: TapeWriter) -> None:
    trades = [*trades_at(10), *trades_at(30, first_id=10)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades, holes=[a_hole(2, 9, from_s=20)])])
    cover(stores, span(18, 22))
    assert known(stores) == [span(10, 30)]


def test_a_hole_within_one_instant_hides_nothing(stores: Stores, writer: TapeWriter) -> None:
    hole = msgspec.structs.replace(a_hole(2, 9, from_s=10), before_time=at(10))
    trades = [*trades_at(10), *trades_at(10, 30, first_id=10)]
    writer.commit([TapeBatch(instrument=BTC, trades=trades, holes=[hole])])
    assert known(stores) == [span(10, 30)]


def test_late_and_older_trades_alone_make_nothing_known(stores: Stores) -> None:
    stores.trades.add_late(trades_at(0, 50))
    assert known(stores) == []
    stores.trades.import_tape(TapeBatch(instrument=BTC, trades=trades_at(100, 150, first_id=50)))
    stores.trades.import_tape(TapeBatch(instrument=BTC, trades=trades_at(60, 70, first_id=10)))
    assert known(stores) == [span(100, 150)]
