"""Seal the rows and candles that were stored before seals existed."""

from datetime import datetime, timedelta

import msgspec

from data.market.instrument import InstrumentId
from data.market.seals import GENESIS, TapeSealer
from data.market.timeframe import EPOCH, Timeframe
from data.ports import OnProgress, SealRepository, TradeRepository

_DAY = timedelta(days=1)


class SealCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of sealed rows on the tape and of sealed candles."""

    rows: int
    candles: int


class SealBackfill:
    """Seals one instrument beside a running platform. An interrupted run is repeated.

    Rows are sealed as they are: verify them first.
    """

    def __init__(
        self, trades: TradeRepository, seals: SealRepository, on_progress: OnProgress
    ) -> None:
        self._trades = trades
        self._seals = seals
        self._on_progress = on_progress

    def seal(self, instrument: InstrumentId) -> SealCounts:
        """Seal everything without a seal. Raises repository errors."""
        rows = self._seal_tape(instrument)
        self._seal_late(instrument)
        candles = sum(self._seals.seal_candles(instrument, each) for each in Timeframe)
        self._seals.finish(instrument)
        return SealCounts(rows=rows, candles=candles)

    def _seal_tape(self, instrument: InstrumentId) -> int:
        """Chain the rows on the tape up to where its seals begin."""
        record = self._trades.record(instrument)
        first = self._trades.first_at_or_after(instrument, EPOCH)
        if record is None or first is None:
            return 0
        seals = self._trades.seals(instrument, EPOCH, EPOCH)
        last_id = seals.links[0].after_id if seals.links else record.end.trade_id
        sealer, count = TapeSealer(seals.number, GENESIS, None), 0
        length = max(record.end.time - first.time, datetime.resolution)
        end = record.end.time + datetime.resolution
        for page in self._trades.between(instrument, first.time, end, on_tape=True):
            rows = [trade for trade in page if trade.trade_id <= last_id]
            if not rows:
                break
            sealer.add(rows)
            self._seals.add_links(instrument, sealer.take_closed())
            count += len(rows)
            self._on_progress((rows[-1].time - first.time) / length)
        if count:
            self._seals.add_links(instrument, [sealer.open])
        return count

    def _seal_late(self, instrument: InstrumentId) -> None:
        first = self._trades.first_at_or_after(instrument, EPOCH)
        newest = self._trades.latest(instrument, 1)
        if first is None or not newest:
            return
        day = Timeframe.D1.floor(first.time)
        while day <= newest[-1].time:
            self._seals.seal_late(instrument, day, day + _DAY)
            day += _DAY
