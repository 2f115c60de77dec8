"""Store candles: those of a checked file, and those that imported trades make."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from data.collectors.backfill.candle_rollup import coarser_than, fold_spans
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
from data.market.spans import intersect_spans, whole_candles_of
from data.market.timeframe import Timeframe
from data.ports import CandleRepository
from data.verification.candle_rebuild import CandleRebuild

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class StoredCandles:
    """The numbers of candles offered, newly stored, and replacing another best version."""

    offered: int = 0
    changed: int = 0
    replaced: int = 0


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
) -> StoredCandles:
    """Save an exchange's candles, then record the spans in which it left none out."""
    stored = StoredCandles()
    for batch in _batches(candles):
        replaced = repository.count_replaced(batch)
        stored = StoredCandles(
            offered=stored.offered + len(batch),
            changed=stored.changed + repository.save(batch),
            replaced=stored.replaced + replaced,
        )
    repository.add_coverage(instrument, timeframe, spans)
    return stored


def fold_imported(
    repository: CandleRepository,
    instrument: InstrumentId,
    timeframe: Timeframe,
    spans: Sequence[TimeSpan],
) -> int:
    """Fold imported candles into every coarser timeframe; return how many candles are new.

    Folds the whole coarse candles within `spans` that are covered together with stored ones.
    """
    new = 0
    if not spans:
        return new
    for coarse in coarser_than(timeframe):
        start, end = coarse.floor(spans[0].start), coarse.ceil(spans[-1].end)
        known = whole_candles_of(repository.coverage(instrument, timeframe, start, end), coarse)
        touched = [TimeSpan(coarse.floor(span.start), coarse.ceil(span.end)) for span in spans]
        new += fold_spans(
            repository, instrument, timeframe, coarse, intersect_spans(touched, known)
        )
    return new


def build_candles(
    repository: CandleRepository,
    instrument: InstrumentId,
    timeframes: Iterable[Timeframe],
    rebuild: CandleRebuild,
) -> tuple[int, int]:
    """Save the candles that stored trades make, then record their spans as covered."""
    requested = tuple(timeframes)
    stored = store_candles(repository, rebuild.candles(requested))
    for timeframe in requested:
        repository.add_coverage(instrument, timeframe, rebuild.covered(timeframe))
    return stored


def _batches(candles: Iterable[Candle]) -> Iterator[list[Candle]]:
    remaining = iter(candles)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
