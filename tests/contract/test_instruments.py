"""The contract of repositories of instruments, holes and collector statuses."""

from decimal import Decimal

import msgspec
import pytest

from data import (
    HoleState,
    InstrumentId,
    InstrumentKind,
    InstrumentState,
    TapeBatch,
    Timeframe,
    TimeSpan,
)
from data.errors import RepositoryError
from data.ports import TapeWriter
from data.status import CollectorState, CollectorStatus, StreamState, StreamStatus
from tests.builders import BTC, ETH, a_hole, an_instrument, at, trades_at
from tests.contract.stores import Stores


def a_status(name: str = "okx-spot-1", **changes: object) -> CollectorStatus:
    status = CollectorStatus(
        name=name,
        exchange="okx",
        endpoint="wss://example.org/ws",
        state=CollectorState.LIVE,
        since=at(0.000001),
        reported_at=at(1),
        pid=7,
        clock_offset_ms=-1.25,
        streams=[StreamStatus(instrument=BTC, state=StreamState.LIVE, last_trade_time=at(0.5))],
    )
    return msgspec.structs.replace(status, **changes)


def test_an_unknown_instrument_is_none(stores: Stores) -> None:
    assert stores.instruments.get(BTC) is None
    assert stores.instruments.all() == []


def test_an_instrument_comes_back_as_it_was(stores: Stores) -> None:
    swap = msgspec.structs.replace(
        an_instrument(InstrumentId("okx", "BTC-USD-SWAP")),
        kind=InstrumentKind.SWAP,
        contract_value=Decimal("100"),
        contract_currency="USD",
        inverse=True,
    )
    stores.instruments.save([swap, an_instrument()])
    assert stores.instruments.get(swap.id) == swap
    assert stores.instruments.get(BTC) == an_instrument()


def test_an_instrument_saved_again_is_replaced(stores: Stores) -> None:
    stores.instruments.save([an_instrument()])
    newer = msgspec.structs.replace(
        an_instrument(), state=InstrumentState.DELISTED, price_step=Decimal("0.01")
    )
    stores.instruments.save([newer])
    stores.instruments.save([])
    assert stores.instruments.all() == [newer]


def test_instruments_come_by_name_and_by_exchange(stores: Stores) -> None:
    names = [InstrumentId("okx", "a"), InstrumentId("kraken", "B"), InstrumentId("okx", "Z")]
    stores.instruments.save([an_instrument(name) for name in names])
    assert [i.id.symbol for i in stores.instruments.all()] == ["B", "Z", "a"]
    assert [i.id.symbol for i in stores.instruments.all("okx")] == ["Z", "a"]
    assert stores.instruments.all("nowhere") == []


def test_holes_come_by_id_and_by_state(stores: Stores, writer: TapeWriter) -> None:
    second, first = a_hole(7, 9, state=HoleState.VERIFIED), a_hole(2, 3)
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0), holes=[second, first])])
    assert stores.holes.of(BTC) == [first, second]
    assert stores.holes.of(BTC, [HoleState.VERIFIED, HoleState.OPEN]) == [second]
    assert stores.holes.of(BTC, []) == []
    assert stores.holes.of(ETH) == []


def test_holes_are_counted_by_tape_and_state(stores: Stores, writer: TapeWriter) -> None:
    holes = [a_hole(2, 3), a_hole(5, 6), a_hole(8, 9, state=HoleState.VERIFIED)]
    assert stores.holes.counts() == {}
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0), holes=holes)])
    assert stores.holes.counts() == {(BTC, holes[0].state): 2, (BTC, HoleState.VERIFIED): 1}


def test_a_hole_takes_another_state(stores: Stores, writer: TapeWriter) -> None:
    hole = a_hole(2, 3)
    writer.commit([TapeBatch(instrument=BTC, trades=trades_at(0), holes=[hole])])
    stores.holes.resolve(hole, HoleState.FILLED)
    assert stores.holes.of(BTC) == [msgspec.structs.replace(hole, state=HoleState.FILLED)]


def test_a_hole_that_is_not_stored_cannot_be_resolved(stores: Stores) -> None:
    with pytest.raises(RepositoryError, match=r"2\.\.3 of okx:BTC-USDT.*not stored"):
        stores.holes.resolve(a_hole(2, 3), HoleState.FILLED)


def test_a_status_comes_back_as_it_was(stores: Stores) -> None:
    stores.statuses.save([a_status()])
    assert stores.statuses.all() == [a_status()]


def test_a_collectors_newest_status_replaces_the_one_before(stores: Stores) -> None:
    stores.statuses.save([a_status(), a_status("a-first")])
    newer = a_status(state=CollectorState.DISCONNECTED, problem='it\'s "gone": 100 % \\ \n')
    stores.statuses.save([a_status(pid=8), newer])
    stores.statuses.save([])
    assert stores.statuses.all() == [a_status("a-first"), newer]


def test_an_instrument_of_which_only_data_are_stored_has_a_name(stores: Stores) -> None:
    assert stores.instruments.names() == []
    stores.candles.add_coverage(ETH, Timeframe.M1, [TimeSpan(at(0), at(60))])
    stores.instruments.save([an_instrument()])
    assert stores.instruments.names() == [BTC, ETH]
    assert stores.instruments.get(ETH) is None
    stores.instrument_data.delete(ETH)
    assert stores.instruments.names() == [BTC]
