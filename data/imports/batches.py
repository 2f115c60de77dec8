"""Split trades in id order into tape batches, with tape times, and holes where ids are missing.

Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from data.market.hole import HoleState
from data.market.instrument import InstrumentId
from data.market.sequencer import Sequencer
from data.market.tape import TapeBatch
from data.market.trade import Cursor, Trade

BATCH_TRADES = 5_000


def split_batches(
    instrument: InstrumentId, trades: Iterable[Trade], end: Cursor | None, detected_at: datetime
) -> Iterator[TapeBatch]:
    """Split trades, sorted and each once, into batches that a store can take.

    `end` is the last trade of the stored tape. Up to it the file's own times apply; trades after it
    continue the tape: their times do not fall below the end's, and ids between are a hole.
    """
    rows = iter(trades)
    if end is not None:
        remaining: list[Trade] = []
        older = Sequencer(instrument)
        yield from _cut(older, _until(end.trade_id, rows, remaining), detected_at)
        rows = chain(remaining, rows)
        last_time = end.time if older.last is None else max(end.time, older.last.time)
        end = Cursor(last_time, end.trade_id)
    yield from _cut(Sequencer(instrument, end), rows, detected_at)


def _until(last_id: int, rows: Iterator[Trade], remaining: list[Trade]) -> Iterator[Trade]:
    """Yield rows up to an id; the first one after it goes to `remaining`."""
    for trade in rows:
        if trade.trade_id > last_id:
            remaining.append(trade)
            return
        yield trade


def _cut(sequencer: Sequencer, rows: Iterator[Trade], detected_at: datetime) -> Iterator[TapeBatch]:
    while chunk := list(islice(rows, BATCH_TRADES)):
        released, holes = sequencer.accept(chunk), []
        while (hole := sequencer.hole(HoleState.DEFERRED, detected_at)) is not None:
            holes.append(hole)
            released += sequencer.skip()
        if released:
            yield TapeBatch(instrument=sequencer.instrument, trades=released, holes=holes)
