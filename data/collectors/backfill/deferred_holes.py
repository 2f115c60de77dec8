"""Fill deferred holes long after the tape went on: their trades are stored beside it."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

import msgspec

from data.collectors.config import RepairRules
from data.collectors.rest import ExchangeRest
from data.collectors.store import CollectorStore
from data.collectors.tape.candle_repair import CandleRepairer, affected_by
from data.errors import TemporaryFeedError
from data.market.hole import Hole, HoleState
from data.market.instrument import InstrumentId
from data.market.trade import Trade

log = logging.getLogger("truetape.collector.deferred_holes")


@dataclass(frozen=True, slots=True)
class _Listing:
    """Trades in id order; `reached`: it begins at or below the requested id."""

    trades: list[Trade]
    reached: bool


class DeferredHoleFiller:
    """Downloads the trades of deferred holes, oldest ids first: tape times derive from them."""

    def __init__(
        self,
        store: CollectorStore,
        rest: ExchangeRest,
        rules: RepairRules,
        rebuilder: CandleRepairer,
    ) -> None:
        self._store = store
        self._rest = rest
        self._rules = rules
        self._rebuilder = rebuilder

    async def fill_all(self, instrument: InstrumentId) -> None:
        """Fill every deferred hole of a tape. May be repeated. Raises feed and store errors."""
        deferred = [HoleState.DEFERRED]
        for hole in await asyncio.to_thread(self._store.holes.of, instrument, deferred):
            state = await self._fill(hole)
            await asyncio.to_thread(self._store.holes.resolve, hole, state)
            await asyncio.to_thread(self._rebuilder.rebuild, instrument, affected_by(hole))
            facts = {"instrument": str(instrument), "ids": str(hole.ids), "state": str(state)}
            log.info("deferred hole resolved", extra=facts)

    async def _fill(self, hole: Hole) -> HoleState:
        below, time, found = await asyncio.to_thread(self._resume_point, hole)
        whole, end = True, hole.ids.last + 1  # on the tape, so the exchange has it
        top = min(below + self._rules.chunk_ids, end)
        while below < hole.ids.last:
            listing = await self._list(hole.instrument, below, top)
            late = _with_tape_times(listing.trades, hole, below, time)
            whole = whole and (listing.reached or _begins_at(late, below + 1))
            if late:
                await asyncio.to_thread(self._store.trades.add_late, late)
                below, time, found = late[-1].trade_id, late[-1].time, True
                top = min(below + self._rules.chunk_ids, end)
            elif top < end:
                top = end
            else:
                _require_current(listing, end)
                break
        if not whole:
            return HoleState.UNRECOVERABLE
        return HoleState.FILLED if found else HoleState.VERIFIED

    def _resume_point(self, hole: Hole) -> tuple[int, datetime, bool]:
        """Return the id up to which a hole is filled, its time, and if it holds late trades."""
        below, time, found = hole.ids.first - 1, hole.after_time, False
        until = hole.before_time + datetime.resolution
        for page in self._store.trades.between(hole.instrument, hole.after_time, until):
            for trade in page:
                if trade.trade_id in hole.ids and trade.trade_id > below:
                    below, time, found = trade.trade_id, trade.time, True
        return below, time, found

    async def _list(self, instrument: InstrumentId, below: int, top: int) -> _Listing:
        """List the trades from `top` down to `below`, each page overlapping the next by one."""
        by_id: dict[int, Trade] = {}
        cursor, empty_answers = top + 1, 0
        while True:
            page = await self._rest.trades_before(instrument, cursor)
            by_id.update((trade.trade_id, trade) for trade in page)
            empty_answers = 0 if page else empty_answers + 1
            lowest = page[0].trade_id if page else cursor
            reached = lowest <= below
            exhausted = bool(page) and lowest + 1 >= cursor
            if reached or exhausted or empty_answers >= self._rules.empty_answers:
                return _Listing([by_id[key] for key in sorted(by_id)], reached)
            cursor = min(cursor, lowest + 1)


def _with_tape_times(trades: list[Trade], hole: Hole, below: int, time: datetime) -> list[Trade]:
    late = []
    for trade in trades:
        if trade.trade_id > below and trade.trade_id in hole.ids:
            time = min(max(time, trade.time), hole.before_time)
            late.append(msgspec.structs.replace(trade, time=time))
    return late


def _begins_at(trades: list[Trade], trade_id: int) -> bool:
    return bool(trades) and trades[0].first_id == trade_id


def _require_current(listing: _Listing, trade_id: int) -> None:
    """Raise TemporaryFeedError if the exchange's history does not reach `trade_id` yet."""
    if not listing.trades or listing.trades[-1].trade_id < trade_id:
        raise TemporaryFeedError(
            f"trade {trade_id} of the tape is missing from the exchange's history"
        )
