"""Download past trades by id where they are not stored, and store them beside the tape."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from data.collectors.rest import ExchangeRest
from data.errors import TapeTaken
from data.imports.trade_store import settle_holes
from data.market.frame import TimeSpan
from data.market.hole import HoleState, IdRange
from data.market.instrument import InstrumentId
from data.market.sequencer import Sequencer
from data.market.tape import TapeBatch
from data.market.trade import Cursor, Trade
from data.ports import HoleRepository, OnProgress, TradeRepository
from data.verification.tape_chain import in_id_order
from utils.clock import Clock

# Requested downwards into memory, then stored upwards: tape times need the trade before.
CHUNK_IDS = 5_000
_EMPTY_ANSWERS = 3
_TIME_TOLERANCE = timedelta(minutes=1)


class DownloadedTrades(msgspec.Struct, kw_only=True):
    """The result of a download, and the span that it covered.

    `holes` are spans of ids that the exchange never had; `filled` were holes before.
    `left_to_collector`: the rest lies after the tape's end, where a collector is running.
    """

    new: int = 0
    holes: int = 0
    filled: int = 0
    requests: int = 0
    span: TimeSpan | None = None
    left_to_collector: bool = False


class TradeDownloader:
    """Goes up the ids of a span, and fetches those that are not stored.

    May be interrupted anywhere, and started again. Raises feed and repository errors.
    """

    def __init__(
        self,
        trades: TradeRepository,
        holes: HoleRepository,
        rest: ExchangeRest,
        instrument: InstrumentId,
        clock: Clock,
        on_progress: OnProgress,
    ) -> None:
        self._trades = trades
        self._holes = holes
        self._rest = rest
        self._instrument = instrument
        self._clock = clock
        self._on_progress = on_progress
        self._is_tape_taken = False
        self.downloaded = DownloadedTrades()

    async def run(self, span: TimeSpan) -> None:
        """Fetch what is missing in a span."""
        newest = await self._rest.recent_trades(self._instrument)
        if not newest:
            return
        last_id = newest[-1].trade_id
        begin = await self._first_id(span.start, -1, last_id)
        if newest[-1].time >= span.end:
            last_id = await self._first_id(span.end, begin - 1, last_id) - 1
        previous = None
        end = self._trades.end(self._instrument)
        if end is not None and begin > end.trade_id:
            # The tape is continued from its end, so that no break arises.
            begin, previous = end.trade_id + 1, end
        position = await self._download_range(span, begin, last_id, previous)
        if position > begin:
            self.downloaded.filled = settle_holes(
                self._trades, self._holes, self._instrument, IdRange(begin, position - 1)
            )
        self._on_progress(1.0)

    async def _download_range(
        self, span: TimeSpan, position: int, last_id: int, previous: Cursor | None
    ) -> int:
        """Go up from `position`; return the first id that was not processed."""
        stored = _Ahead(self._stored(span))
        while position <= last_id and not self.downloaded.left_to_collector:
            ahead = stored.from_id(position)
            if ahead is not None and ahead.first_id == position:
                position, previous = ahead.trade_id + 1, ahead.cursor
                continue
            top = min(position + CHUNK_IDS, last_id + 1)
            if ahead is not None:
                top = min(top, ahead.first_id)
            listed = await self._list(position, top)
            if listed:
                previous = self._store(listed, previous, ahead)
                self._note(span, previous)
            position = top
        return position

    def _stored(self, span: TimeSpan) -> Iterator[Trade]:
        pages = self._trades.rows(
            self._instrument, span.start - _TIME_TOLERANCE, span.end + _TIME_TOLERANCE
        )
        return (row.trade for row in in_id_order(pages))

    async def _first_id(self, time: datetime, low: int, high: int) -> int:
        """Return the first id above `low` that the exchange has at or after a time, else `high`."""
        while high - low > 1:
            middle = (low + high) // 2
            page = await self._request_page(middle + 1)
            if not page or page[-1].time < time:
                low = middle
            elif page[0].time < time:
                return next(trade.first_id for trade in page if trade.time >= time)
            else:
                high = page[0].first_id
        return high

    async def _list(self, position: int, top: int) -> list[Trade]:
        """Return the exchange's trades from `position` to below `top`, in id order."""
        found: dict[int, Trade] = {}
        below, empty_answers = top, 0
        while below > position and empty_answers < _EMPTY_ANSWERS:
            page = await self._request_page(below)
            empty_answers = 0 if page else empty_answers + 1
            found.update((trade.trade_id, trade) for trade in page if trade.first_id >= position)
            below = min(below, page[0].first_id) if page else below
        return [found[trade_id] for trade_id in sorted(found)]

    async def _request_page(self, trade_id: int) -> list[Trade]:
        self.downloaded.requests += 1
        return await self._rest.trades_before(self._instrument, trade_id)

    def _store(self, listed: list[Trade], previous: Cursor | None, ahead: Trade | None) -> Cursor:
        sequencer = Sequencer(self._instrument, previous)
        released, holes = sequencer.accept(listed), []
        # The ids between two trades of one listing never existed.
        while (hole := sequencer.hole(HoleState.VERIFIED, self._clock.now())) is not None:
            holes.append(hole)
            released += sequencer.skip()
        if ahead is not None:
            released = [_not_after(trade, ahead) for trade in released]
        self._keep(TapeBatch(instrument=self._instrument, trades=released, holes=holes))
        return released[-1].cursor

    def _keep(self, batch: TapeBatch) -> None:
        if not self._is_tape_taken:
            try:
                self.downloaded.new += self._trades.import_tape(batch)
                self.downloaded.holes += len(batch.holes)
            except TapeTaken:
                self._is_tape_taken = True
            else:
                return
        end = self._trades.end(self._instrument)
        late = [t for t in batch.trades if end is None or t.trade_id <= end.trade_id]
        self.downloaded.left_to_collector = len(late) < len(batch.trades)
        if late:
            self.downloaded.new += self._trades.add_late(late)

    def _note(self, span: TimeSpan, place: Cursor) -> None:
        start = self.downloaded.span.start if self.downloaded.span else span.start
        # The page that is read first may begin, and end, before the span.
        self.downloaded.span = TimeSpan(start, max(start, place.time))
        part = (place.time - span.start) / (span.end - span.start)
        self._on_progress(min(1.0, max(0.0, part)))


class _Ahead:
    """Stored trades in id order, read one by one."""

    def __init__(self, trades: Iterator[Trade]) -> None:
        self._trades = trades
        self._next = next(trades, None)

    def from_id(self, trade_id: int) -> Trade | None:
        """Return the first one that covers no id below `trade_id`."""
        while self._next is not None and self._next.first_id < trade_id:
            self._next = next(self._trades, None)
        return self._next


def _not_after(trade: Trade, ahead: Trade) -> Trade:
    if trade.time <= ahead.time:
        return trade
    return msgspec.structs.replace(trade, time=ahead.time)
