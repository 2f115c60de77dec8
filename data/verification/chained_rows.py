"""Read the stored rows of a span, checking their chain."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from data.market.frame import TimeSpan
from data.market.hole import Hole
from data.market.instrument import InstrumentId
from data.market.seals import TapeSeals
from data.market.tape import TapeRow
from data.market.timeframe import EPOCH
from data.market.trade import Trade
from data.ports import OnProgress, TradeRepository
from data.verification.seal_check import SealCheck
from data.verification.tape_chain import DISORDER, IdOrder, TapeChain, in_id_order

_TICK = timedelta(microseconds=1)


class ChainedRows:
    """The rows of one instrument in [start, end). `chain` collects those that break the chain.

    `seals` compares them with their seals, and records differences in `chain`.

    Some rows before the span are read, too: its first row must follow them. Read it once.
    """

    def __init__(
        self,
        trades: TradeRepository,
        holes: Sequence[Hole],
        instrument: InstrumentId,
        span: TimeSpan,
    ) -> None:
        self._trades = trades
        self._instrument = instrument
        self._span = span
        self._before = time_shortly_before(trades, instrument, span.start)
        first = self._before is None
        self._record = trades.record(instrument)
        self.chain = TapeChain(self._record, holes, span, from_first=first)
        dropped = self._record.dropped if self._record else ()
        self.seals = SealCheck(self._read_seals(), self.chain, span, dropped)
        self.rows_read = 0

    def follows_dropped(self) -> bool:
        """Return whether the first stored row directly follows those that retention deleted."""
        if self._record is None or self._before is not None:
            return False
        page = next(self._trades.rows(self._instrument, EPOCH, self._span.end), [])
        last_ids = {day.ids.last for day in self._record.dropped}
        return bool(page) and page[0].trade.first_id - 1 in last_ids

    def in_id_order(self, stop: datetime, on_progress: OnProgress) -> Iterator[Trade]:
        """Yield the trades up to `stop`, which may lie after the span, and the next one.

        Those before the span come first. Rows whose ids were passed before are left out.
        """
        for row in in_id_order(self._around(stop, on_progress)):
            self.seals.follow(row)
            if self.chain.follow(row):
                yield row.trade
        self._finish()

    def pages(self) -> Iterator[list[Trade]]:
        """Yield the trades of the span as they are stored, in pages in time order."""
        order = IdOrder()
        self._follow(row for page in self._rows_before() for row in order.take(page))
        for page in self._trades.rows(self._instrument, self._span.start, self._span.end):
            self._follow(order.take(page))
            yield [row.trade for row in page]
        self._follow(order.remaining())
        self._finish()

    def _follow(self, rows: Iterator[TapeRow]) -> None:
        for row in rows:
            self.seals.follow(row)
            self.chain.follow(row)

    def _read_seals(self) -> TapeSeals:
        return self._trades.seals(self._instrument, self._span.start, self._span.end)

    def _finish(self) -> None:
        self.seals.finish(self._read_seals())
        self.chain.finish(self._trades.record(self._instrument))

    def _around(self, stop: datetime, on_progress: OnProgress) -> Iterator[list[TapeRow]]:
        yield from self._rows_before()
        start = self._span.start
        length = max(stop - start, _TICK)
        for page in self._trades.rows(self._instrument, start, stop):
            self.rows_read += len(page)
            yield page
            on_progress((page[-1].trade.time - start) / length)
        on_progress(1.0)
        behind = self._trades.first_at_or_after(self._instrument, stop)
        if behind is not None:
            yield next(self._trades.rows(self._instrument, behind.time, behind.time + _TICK))[:1]

    def _rows_before(self) -> Iterator[list[TapeRow]]:
        if self._before is not None:
            yield from self._trades.rows(self._instrument, self._before, self._span.start)


def time_shortly_before(
    trades: TradeRepository, instrument: InstrumentId, time: datetime
) -> datetime | None:
    """Return the time of a trade before `time`, from which the last one is near."""
    first = trades.first_at_or_after(instrument, EPOCH)
    if first is None or first.time >= time:
        return None
    low, high = first.time, time
    while high - low > DISORDER:
        middle = low + (high - low) / 2
        found = trades.first_at_or_after(instrument, middle)
        if found is not None and found.time < time:
            low = found.time
        else:
            high = middle
    return low
