"""Market data. This package exports the pure part, `data.market`."""

from data.market.aggregation import CandleAggregator, aggregate, parents_of
from data.market.candle import Candle, CandleSource, merge_candles
from data.market.frame import (
    CandleFrame,
    Gaps,
    TimeSpan,
    fill_gaps,
    from_datetime64,
    to_datetime64,
)
from data.market.hole import Hole, HoleState, IdRange
from data.market.instrument import Instrument, InstrumentId, InstrumentKind, InstrumentState
from data.market.sequencer import Sequencer
from data.market.tape import DroppedDay, TapeBatch, TapeRecord, TapeRow
from data.market.timeframe import EPOCH, Timeframe, finest_first
from data.market.trade import Cursor, Side, Trade, require_utc

__all__ = [
    "EPOCH",
    "Candle",
    "CandleAggregator",
    "CandleFrame",
    "CandleSource",
    "Cursor",
    "DroppedDay",
    "Gaps",
    "Hole",
    "HoleState",
    "IdRange",
    "Instrument",
    "InstrumentId",
    "InstrumentKind",
    "InstrumentState",
    "Sequencer",
    "Side",
    "TapeBatch",
    "TapeRecord",
    "TapeRow",
    "TimeSpan",
    "Timeframe",
    "Trade",
    "aggregate",
    "fill_gaps",
    "finest_first",
    "from_datetime64",
    "merge_candles",
    "parents_of",
    "require_utc",
    "to_datetime64",
]
