"""Which candles count as announced: those of a live fold of the tape."""

import msgspec
import pytest

from data import Candle, Hole, HoleState, TapeBatch, Timeframe
from data.ports import TapeWriter
from tests.builders import BTC, ETH, a_candle, a_hole, a_trade, an_exchange_candle, at
from tests.contract.stores import Stores

M1 = Timeframe.M1
HOLE_S = 120.0


def minute(open_s: float, first_id: int, *, complete: bool = True) -> Candle:
    candle = a_candle(open_s, complete=complete)
    ids = {"first_trade_id": first_id, "last_trade_id": first_id + 1}
    return msgspec.structs.replace(candle, **ids)


def hole(state: HoleState = HoleState.DEFERRED) -> Hole:
    declared = a_hole(3, 8, state=state)
    return msgspec.structs.replace(declared, after_time=at(90), before_time=at(200))


@pytest.fixture
def torn(stores: Stores, writer: TapeWriter) -> Stores:
    """A tape from 61 s to 300 s; without known trades from 120 s to 180 s."""
    before, behind = [a_trade(1, at_s=61), a_trade(2, at_s=90)], [a_trade(9, at_s=200)]
    candles = [minute(60, 1, complete=False)]
    writer.commit([TapeBatch(instrument=BTC, trades=before)])
    writer.commit([TapeBatch(instrument=BTC, trades=behind, candles=candles, holes=[hole()])])
    writer.commit([TapeBatch(instrument=BTC, trades=[a_trade(10, at_s=300)])])
    return stores


def announced(stores: Stores) -> list[Candle]:
    return stores.candles.announced(BTC, M1, at(0), at(600))


def test_the_exchanges_candle_of_a_hole_is_a_version_and_was_never_announced(
    torn: Stores,
) -> None:
    seen, exchange_candle = announced(torn), an_exchange_candle(HOLE_S)
    assert torn.candles.save([exchange_candle]) == 1
    assert torn.candles.save([exchange_candle]) == 0
    assert announced(torn) == seen
    assert torn.candles.versions(BTC, M1, at(0), at(600)) == [exchange_candle]


def test_what_was_never_announced_is_read_like_any_other_candle(torn: Stores) -> None:
    exchange_candle, newer = an_exchange_candle(HOLE_S), an_exchange_candle(240)
    torn.candles.save([newer, exchange_candle])
    best = [*announced(torn), exchange_candle, newer]
    assert torn.candles.best(BTC, M1, at(0), at(600)) == best
    assert torn.candles.latest(BTC, M1, 2) == best[-2:]
    assert torn.candles.latest(BTC, M1, 1, before=at(240)) == [exchange_candle]
    assert len(torn.candles.frame(BTC, M1, at(0), at(600), gaps=None)) == len(best)


@pytest.mark.parametrize("state", [HoleState.DEFERRED, HoleState.FILLED, HoleState.UNRECOVERABLE])
def test_what_late_trades_make_was_never_announced(torn: Stores, state: HoleState) -> None:
    seen, rebuilt = announced(torn), minute(HOLE_S, 4)
    torn.holes.resolve(hole(), state)
    assert torn.candles.save([rebuilt]) == 1
    assert announced(torn) == seen
    assert torn.candles.best(BTC, M1, at(HOLE_S), at(180)) == [rebuilt]


def test_what_the_tape_itself_makes_counts_as_announced_however_it_is_folded(torn: Stores) -> None:
    folded = minute(180, 9)
    torn.candles.save([folded])
    assert folded in announced(torn)


def test_before_a_tape_begins_the_first_version_counts(torn: Stores) -> None:
    exchange_candle = an_exchange_candle(0)
    torn.candles.save([exchange_candle])
    torn.candles.save([minute(0, 0)])
    assert announced(torn)[0] == exchange_candle


def test_a_tape_covers_its_own_instrument_only(torn: Stores) -> None:
    exchange_candle = an_exchange_candle(HOLE_S)
    other = msgspec.structs.replace(exchange_candle, instrument=ETH)
    torn.candles.save([other])
    assert torn.candles.announced(ETH, M1, at(0), at(600)) == [other]


def test_ids_that_never_were_make_nothing_late(torn: Stores) -> None:
    torn.holes.resolve(hole(), HoleState.VERIFIED)
    torn.candles.save([minute(HOLE_S, 4)])
    assert minute(HOLE_S, 4) in announced(torn)
