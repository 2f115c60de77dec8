"""Put candles into the store: those of a checked file, and those that imported trades make."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.timeframe import Timeframe
from data.ports import CandleRepository
from data.refolding import Refold

_BATCH = 2_000


def store_candles(repository: CandleRepository, candles: Iterable[Candle]) -> tuple[int, int]:
    """Save candles in batches; return how many were offered, and how many were new."""
    offered = new = 0
    for batch in _batches(candles):
        new += repository.save(batch)
        offered += len(batch)
    return offered, new


def store_exchange_candles(
    repository: CandleRepository,
    instrument: InstrumentId,
    timeframe: Timeframe,
    candles: Iterable[Candle],
    spans: Sequence[TimeSpan],
) -> tuple[int, int]:
    """Save an exchange's candles, then record the spans in which it left none out."""
    stored = store_candles(repository, candles)
    repository.add_coverage(instrument, timeframe, spans)
    return stored


def build_candles(
    repository: CandleRepository,
    instrument: InstrumentId,
    timeframes: Iterable[Timeframe],
    refold: Refold,
) -> tuple[int, int]:
    """Save the candles that stored trades make, then record where they are all there are."""
    wanted = tuple(timeframes)
    stored = store_candles(repository, refold.candles(wanted))
    for timeframe in wanted:
        repository.add_coverage(instrument, timeframe, refold.known(timeframe))
    return stored


def _batches(candles: Iterable[Candle]) -> Iterator[list[Candle]]:
    remaining = iter(candles)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
