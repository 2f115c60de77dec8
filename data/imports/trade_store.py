"""Store the trades of a checked file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from data.errors import InvalidValue
from data.imports.batches import BATCH_TRADES, split_batches
from data.imports.trade_file import TradeSurvey
from data.market.hole import Hole, HoleState, IdRange
from data.market.id_ranges import IdRanges, ids_covered
from data.market.instrument import InstrumentId
from data.market.timeframe import EPOCH
from data.market.trade import NUMBERED, Cursor, Trade
from data.ports import HoleRepository, TradeRepository
from data.verification.tape_chain import in_id_order

# Tape times of one trade may differ by the trades before it, exchanges' clocks by a little.
_CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(kw_only=True)
class TapeImportStats:
    """The result of an import: trades offered and new, holes declared, and holes that it filled."""

    offered: int = 0
    new: int = 0
    holes: int = 0
    filled: int = 0
    first: Cursor | None = None
    last: Cursor | None = None


class TradeImporter:
    """Stores trades beside existing ones. Idempotent."""

    def __init__(
        self, trades: TradeRepository, holes: HoleRepository, instrument: InstrumentId
    ) -> None:
        self._trades = trades
        self._holes = holes
        self._instrument = instrument

    def refuse_another_feed(self, survey: TradeSurvey) -> None:
        """Compare a file's ends with the stored tape. Raises InvalidValue if they contradict it."""
        end = self._trades.end(self._instrument)
        for trade in (survey.first, survey.last):
            if trade is not None and end is not None and _contradicts(trade, end):
                raise InvalidValue(
                    f"trade {trade.trade_id} at {trade.time.isoformat()} contradicts the stored "
                    f"tape of {self._instrument}, which ends with trade {end.trade_id} at "
                    f"{end.time.isoformat()}: is the file from another exchange or symbol?"
                )

    def refuse_contradictions(self, trades: Iterable[Trade]) -> None:
        """Compare trades, in id order, with the stored ones. Raises InvalidValue.

        A stored trade of the same id must have the same values, and trades stored around the same
        times must have ids around these.
        """
        if self._trades.first_at_or_after(self._instrument, EPOCH) is None:
            return
        remaining = iter(trades)
        while batch := list(islice(remaining, BATCH_TRADES)):
            self._compare(batch)

    def _compare(self, batch: Sequence[Trade]) -> None:
        by_id = {trade.trade_id: trade for trade in batch}
        start, end = min(t.time for t in batch), max(t.time for t in batch)
        near = start - _CLOCK_TOLERANCE, end + _CLOCK_TOLERANCE
        ids = IdRange(batch[0].first_id, batch[-1].trade_id)
        for page in self._trades.rows(self._instrument, *near):
            for stored in (row.trade for row in page):
                trade = by_id.get(stored.trade_id)
                if trade is not None and _values(trade) != _values(stored):
                    raise self._contradiction(trade, stored)
                is_inside = near[0] <= stored.time - 2 * _CLOCK_TOLERANCE
                is_inside = is_inside and stored.time + 2 * _CLOCK_TOLERANCE <= near[1]
                if is_inside and stored.trade_id not in ids:
                    raise self._contradiction(batch[0], stored)
        behind = self._trades.first_at_or_after(self._instrument, near[1])
        if behind is not None and behind.trade_id <= ids.last:
            raise self._contradiction(batch[-1], behind)

    def _contradiction(self, trade: Trade, stored: Trade | Cursor) -> InvalidValue:
        return InvalidValue(
            f"{_shown(trade)} of the file contradicts {_shown(stored)}, which is stored for "
            f"{self._instrument}: nothing is imported; if the file is right, delete what is stored "
            f"(truetape data delete {self._instrument}) and import it again"
        )

    def store(self, trades: Iterable[Trade], detected_at: datetime) -> TapeImportStats:
        """Store trades, sorted and each once, batch by batch; then check the holes again."""
        done = TapeImportStats()
        end = self._trades.end(self._instrument)
        for batch in split_batches(self._instrument, trades, end, detected_at):
            done.new += self._trades.import_tape(batch)
            done.offered += len(batch.trades)
            done.holes += len(batch.holes)
            done.first = done.first or batch.first
            done.last = batch.last
        if done.first is not None and done.last is not None:
            ids = IdRange(done.first.trade_id, done.last.trade_id)
            done.filled = settle_holes(self._trades, self._holes, self._instrument, ids)
        return done


def settle_holes(
    trades: TradeRepository, holes: HoleRepository, instrument: InstrumentId, ids: IdRange
) -> int:
    """Mark holes within reach of `ids` as filled if every id is stored by now; return how many."""
    waiting = holes.of(instrument, [HoleState.DEFERRED, HoleState.UNRECOVERABLE])
    touched = [h for h in waiting if h.ids.first <= ids.last and ids.first <= h.ids.last]
    if not touched:
        return 0
    stored = _stored_around(trades, touched)
    filled = [hole for hole in touched if stored.cover(hole.ids)]
    for hole in filled:
        holes.resolve(hole, HoleState.FILLED)
    return len(filled)


def _stored_around(trades: TradeRepository, holes: Sequence[Hole]) -> IdRanges:
    """Return the ids that are stored around holes, in one pass over all of them."""
    start = min(hole.after_time for hole in holes) - _CLOCK_TOLERANCE
    end = max(hole.before_time for hole in holes) + _CLOCK_TOLERANCE
    rows = in_id_order(trades.rows(holes[0].instrument, start, end))
    return ids_covered(row.trade for row in rows)


def _values(trade: Trade) -> tuple[object, ...]:
    return trade.price, trade.size, trade.side, trade.match_count, trade.exchange_source == NUMBERED


def _shown(trade: Trade | Cursor) -> str:
    shown = f"trade {trade.trade_id} at {trade.time.isoformat()}"
    if isinstance(trade, Cursor):
        return shown
    numbered = ", with a generated id" if trade.exchange_source == NUMBERED else ""
    return f"{shown} ({trade.side} {trade.size} at {trade.price}{numbered})"


def _contradicts(trade: Trade, end: Cursor) -> bool:
    if trade.trade_id <= end.trade_id:
        return trade.time > end.time + _CLOCK_TOLERANCE
    return trade.time < end.time - _CLOCK_TOLERANCE
