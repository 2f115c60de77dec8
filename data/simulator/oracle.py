"""The true history of a simulated exchange, as the platform's values, to check a database."""

from datetime import datetime, timedelta
from decimal import Decimal

from data.market.candle import Candle, CandleSource
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH, Timeframe
from data.market.trade import Side, Trade
from data.simulator.exchange import Exchange
from data.simulator.market.bars import BARS, Bar
from data.simulator.market.candles import candles
from data.simulator.market.match_history import MatchHistory

_MILLISECOND = timedelta(milliseconds=1)
_UTC_FROM = Timeframe.H6


class Oracle:
    """Returns what happened up to now; calls change nothing."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def last_id(self, symbol: str) -> int:
        """Return the id of the newest trade."""
        return int(self._history(symbol).latest(1, self._exchange.clock.now_ms()).ids[-1])

    def trades(self, instrument: InstrumentId, first_id: int, last_id: int) -> list[Trade]:
        """Return every trade so far from `first_id` to `last_id`, both included."""
        history = self._history(instrument.symbol)
        listing = history.listing
        matches = history.by_id(first_id, last_id, self._exchange.clock.now_ms())
        prices, sizes = listing.price_texts(matches.ticks), listing.size_texts(matches.lots)
        return [
            Trade(
                instrument=instrument,
                trade_id=match_id,
                price=Decimal(price),
                size=Decimal(size),
                side=Side.BUY if buy else Side.SELL,
                time=_time(time_ms),
                exchange_time=_time(own_ms),
            )
            for match_id, price, size, buy, time_ms, own_ms in zip(
                matches.ids.tolist(),
                prices,
                sizes,
                matches.buy.tolist(),
                matches.time_ms.tolist(),
                matches.own_ms.tolist(),
                strict=True,
            )
        ]

    def candles(
        self, instrument: InstrumentId, timeframe: Timeframe, start: datetime, stop: datetime
    ) -> list[Candle]:
        """Return the closed candles with trades that open in [start, stop), oldest first."""
        history, bar = self._history(instrument.symbol), bar_of(timeframe)
        now_ms = self._exchange.clock.now_ms()
        found = candles(history, bar, _first_open(bar, start), _first_open(bar, stop), now_ms)
        price, size = Decimal(history.listing.price_step), Decimal(history.listing.size_step)
        return [
            Candle(
                instrument=instrument,
                timeframe=timeframe,
                open_time=_time(each.open_ms),
                open=each.open * price,
                high=each.high * price,
                low=each.low * price,
                close=each.close * price,
                volume=each.lots * size,
                trade_count=each.matches,
                first_trade_id=each.first_id,
                last_trade_id=each.last_id,
                complete=True,
                source=CandleSource.TRADES,
            )
            for each in found
            if each.confirmed and each.matches
        ]

    def _history(self, symbol: str) -> MatchHistory:
        return self._exchange.histories[symbol]


def bar_of(timeframe: Timeframe) -> Bar:
    """Return the exchange's candle length that is aligned to UTC."""
    unit = timeframe.value[-1]
    name = timeframe.value if unit in "sm" else timeframe.value.upper()
    return BARS[f"{name}utc" if timeframe.seconds >= _UTC_FROM.seconds else name]


def _time(time_ms: int) -> datetime:
    return EPOCH + time_ms * _MILLISECOND


def _first_open(bar: Bar, time: datetime) -> int:
    time_ms = (time - EPOCH) // _MILLISECOND
    floor_ms = bar.floor_ms(time_ms)
    return floor_ms if floor_ms == time_ms else bar.step_ms(floor_ms, 1)
