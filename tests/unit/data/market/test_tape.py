import pytest

from data import Cursor, TapeBatch
from data.errors import InvalidValue
from tests.builders import BTC, at, trades_at


def test_a_batch_reaches_from_its_first_trade_to_its_last():
    batch = TapeBatch(instrument=BTC, trades=trades_at(0, 1, 2, first_id=5))
    assert batch.first == Cursor(at(0), 5)
    assert batch.last == Cursor(at(2), 7)


def test_a_batch_without_a_trade_is_refused():
    with pytest.raises(InvalidValue, match="a batch of okx:BTC-USDT must hold at least one trade"):
        TapeBatch(instrument=BTC, trades=[])
