"""The bus topics of the market data. Keys are instruments, as `exchange:symbol`."""

import msgspec

from data.market.candle import Candle
from data.market.instrument import InstrumentId
from data.market.trade import Cursor, Trade
from utils.messaging import Topic


class TapeAdvanced(msgspec.Struct, frozen=True, kw_only=True):
    """Trades `first`..`last` were committed. `trades` are for screens; folds read the store.

    `previous_id` is the id before `first` on the tape (None at its start): a screen whose last
    id differs has missed something and reads the store. `trades` may be cut to the newest.
    """

    instrument: InstrumentId
    first: Cursor
    last: Cursor
    previous_id: int | None
    count: int
    trades: list[Trade]


class CandlesClosed(msgspec.Struct, frozen=True, kw_only=True):
    """These candles of one instrument were committed, finest first."""

    instrument: InstrumentId
    candles: list[Candle]


TRADES: Topic[TapeAdvanced] = Topic("trades", TapeAdvanced)
CANDLES: Topic[CandlesClosed] = Topic("candles", CandlesClosed)
