"""The contract of every InstrumentDataRepository."""

import pytest

from data import TapeBatch, Timeframe, TimeSpan
from data.errors import TapeTaken
from tests.builders import BTC, ETH, a_candle, a_trade, an_instrument, at
from tests.contract.stores import Stores


def fill(stores: Stores) -> None:
    """Store some data of every kind for two instruments."""
    for name in (BTC, ETH):
        trades = [a_trade(trade_id, at_s=trade_id, instrument=name) for trade_id in (5, 6, 7)]
        stores.trades.import_tape(TapeBatch(instrument=name, trades=trades))
        stores.trades.add_late([a_trade(2, instrument=name)])
        stores.candles.save([a_candle(instrument=name), a_candle(instrument=name, volume="9")])
        stores.candles.add_coverage(name, Timeframe.M1, [TimeSpan(at(0), at(60))])
    stores.instruments.save([an_instrument(BTC), an_instrument(ETH)])
    stores.history_requests.replace({(BTC, Timeframe.M1): at(0), (ETH, Timeframe.M1): at(0)})


def test_what_is_stored_of_an_instrument_is_counted(stores: Stores) -> None:
    assert stores.instrument_data.stored_rows(BTC) == {}
    fill(stores)
    rows = stores.instrument_data.stored_rows(BTC)
    assert rows["trade"] == 4
    assert (rows["candle"], rows["candle_check"], rows["coverage"]) == (1, 1, 1)
    assert (rows["tape_end"], rows["history_request"], rows["instrument"]) == (1, 1, 1)


def test_all_of_one_instrument_is_deleted_and_nothing_of_another(stores: Stores) -> None:
    fill(stores)
    other = stores.instrument_data.stored_rows(ETH)
    stores.instrument_data.delete(BTC)
    assert stores.instrument_data.stored_rows(BTC) == {}
    assert stores.instruments.get(BTC) is None
    assert stores.trades.end(BTC) is None
    assert stores.candles.coverage(BTC, Timeframe.M1, at(0), at(60)) == []
    assert stores.instrument_data.stored_rows(ETH) == other


def test_an_instrument_can_be_stored_again(stores: Stores) -> None:
    fill(stores)
    stored = stores.instrument_data.stored_rows(BTC)
    stores.instrument_data.delete(BTC)
    stores.instrument_data.delete(ETH)
    fill(stores)
    assert stores.instrument_data.stored_rows(BTC) == stored


def test_a_tape_that_is_written_is_not_deleted(stores: Stores) -> None:
    fill(stores)
    writer = stores.again().trades.open_writer()
    writer.claim([BTC])
    try:
        with pytest.raises(TapeTaken):
            stores.instrument_data.delete(BTC)
    finally:
        writer.close()
    assert stores.instrument_data.stored_rows(BTC)["trade"] == 4
