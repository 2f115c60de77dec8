import pytest

from backtesting.data.print_buffer import CandleBuffer
from backtesting.errors import BacktestError
from data import CandleFrame, Timeframe
from tests.builders import BTC, an_exchange_candle

NOISE = "4.800000190734863"


def test_a_price_that_no_account_can_count_is_named_with_its_candle_and_the_remedy():
    candles = [an_exchange_candle(0), an_exchange_candle(60, ohlc=(NOISE, NOISE, NOISE, NOISE))]
    frame = CandleFrame.from_candles(BTC, Timeframe.M1, candles)
    problem = (
        rf"the 1m candle of okx:BTC-USDT at 2025-01-06T00:01:00Z has open {NOISE}: a price has "
        r"more than 12 decimals.*--price-step 0\.01"
    )
    with pytest.raises(BacktestError, match=problem):
        CandleBuffer(most=10, price_decimals=1, size_decimals=1).take(frame)
