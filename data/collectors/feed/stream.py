"""One collected instrument: its pipeline, and the state of its feed."""

from collections.abc import Sequence
from datetime import datetime

from data.collectors.tape.pipeline import TapePipeline
from data.errors import TapeReset
from data.market.instrument import InstrumentId
from data.market.trade import Trade
from data.status import StreamState, StreamStatus


class InstrumentStream:
    """Feeds a pipeline, tracks its state. Owned by the event loop; times in monotonic seconds."""

    def __init__(self, instrument: InstrumentId, pipeline: TapePipeline) -> None:
        self.instrument = instrument
        self.pipeline = pipeline
        self.trades = 0
        self.newest_id = -1
        self.acks = 0
        self.fresh = False
        self.stale = False
        self.problem = ""
        self.failed = False
        self.delisted = False
        self.last_received_at: datetime | None = None
        self._last_trade_time: datetime | None = None

    def receive(self, trades: Sequence[Trade], now: datetime) -> int:
        """Process trades of a feed; return how many more are settled, to be committed."""
        if self.failed or not trades:
            return 0
        self.trades += len(trades)
        self.last_received_at = now
        self._note_newest(trades[-1])
        return self._settle(trades)

    def catch_up(self, listing: Sequence[Trade]) -> int:
        """Process the newest trades that the exchange lists; return how many more are settled.

        Afterwards the stream is as fresh as the exchange, and must deliver what is newer.
        """
        if self.failed or not listing:
            return 0
        last = self.pipeline.last
        newer = [trade for trade in listing if last is None or trade.trade_id > last.trade_id]
        self._note_newest(listing[-1])
        return self._settle(newer)

    def on_acknowledged(self) -> None:
        """Record that one more socket delivers this stream."""
        self.acks += 1

    def on_lost(self) -> None:
        """Record that one socket fewer delivers this stream."""
        self.acks = max(0, self.acks - 1)
        self.fresh = self.fresh and self.acks > 0

    def fail(self, problem: str) -> None:
        """Stop this stream permanently: more trades would corrupt the tape, or there are none."""
        self.failed = True
        self.problem = problem

    def delist(self, problem: str) -> None:
        """Expect no more data: its silence is no fault, and does not affect other streams."""
        self.delisted = True
        self.problem = problem

    def _note_newest(self, newest: Trade) -> None:
        self.fresh = True
        if newest.trade_id > self.newest_id:
            self.newest_id = newest.trade_id
            self._last_trade_time = newest.exchange_time

    def _settle(self, trades: Sequence[Trade]) -> int:
        try:
            return self.pipeline.receive(trades)
        except TapeReset as error:
            self.fail(str(error))
            return 0

    @property
    def state(self) -> StreamState:
        """Return the worst state that applies to the stream."""
        if self.failed:
            return StreamState.FAILED
        if self.delisted:
            return StreamState.DELISTED
        if self.acks == 0:
            return StreamState.PENDING
        if self.stale:
            return StreamState.STALE
        if self.pipeline.missing is not None:
            return StreamState.FILLING
        return StreamState.LIVE if self.fresh else StreamState.ACKED

    def status(self) -> StreamStatus:
        """Return the stream's status."""
        return StreamStatus(
            instrument=self.instrument,
            state=self.state,
            last_trade_time=self._last_trade_time,
            last_received_at=self.last_received_at,
            trades=self.trades,
            duplicates=self.pipeline.duplicates,
            held=self.pipeline.held,
            holes_open=0 if self.pipeline.missing is None else 1,
            problem=self.problem,
        )
