"""One instrument's pipeline from received trades to the batches that are committed. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from data.market.aggregation import CandleAggregator
from data.market.candle import Candle
from data.market.hole import Hole, HoleState, IdRange
from data.market.instrument import InstrumentId
from data.market.sequencer import Sequencer
from data.market.tape import TapeBatch
from data.market.trade import Cursor, Trade


class TapePipeline:
    """Orders trades, folds their candles, declares holes; `take` returns what is settled.

    A start, a restart and a reconnect are one case: `last`, the stored end of the tape, against
    the first id received. `aggregator` must stand at `last`.
    """

    def __init__(
        self, instrument: InstrumentId, last: Cursor | None, aggregator: CandleAggregator
    ) -> None:
        self.instrument = instrument
        self._sequencer = Sequencer(instrument, last)
        self._aggregator = aggregator
        self._absent: list[IdRange] = []
        self._trades: list[Trade] = []
        self._candles: list[Candle] = []
        self._holes: list[Hole] = []

    @property
    def last(self) -> Cursor | None:
        """Return the end of the tape, committed or about to be."""
        return self._sequencer.last

    @property
    def missing(self) -> IdRange | None:
        """Return the ids for which the tape waits, or None if it does not."""
        return self._sequencer.missing

    @property
    def held(self) -> int:
        """Return the number of trades that wait behind missing ids."""
        return self._sequencer.held

    @property
    def duplicates(self) -> int:
        """Return the number of trades that arrived more than once."""
        return self._sequencer.duplicates

    def receive(self, trades: Iterable[Trade]) -> int:
        """Process trades as they arrive; return how many more are settled. Raises TapeReset."""
        return self._settle(self._sequencer.accept(trades))

    def fill(self, listing: Sequence[Trade], now: datetime) -> int:
        """Process a listing requested for missing ids; return how many trades are settled.

        A listing is complete between its ends: missing ids that lie between two of its
        rows never existed, and their hole is VERIFIED.
        """
        if self.missing is None:
            return 0
        self._absent += [
            IdRange(before.trade_id + 1, behind.first_id - 1)
            for before, behind in pairwise(listing)
            if behind.first_id > before.trade_id + 1
        ]
        settled = self._settle(self._sequencer.fill(listing))
        while self._never_existed(self.missing):
            settled += self.give_up(HoleState.VERIFIED, now)
        if self.missing is None:
            self._absent.clear()
        return settled

    def give_up(self, state: HoleState, now: datetime) -> int:
        """Declare the missing ids a hole and continue after it; return how many are settled."""
        hole = self._sequencer.hole(state, now)
        if hole is None:
            return 0
        self._holes.append(hole)
        if not state.harmless:
            self._aggregator.break_off()
        return self._settle(self._sequencer.skip())

    def take(self) -> TapeBatch | None:
        """Return what was settled since the last call, to be committed together."""
        if not self._trades:
            return None
        batch = TapeBatch(
            instrument=self.instrument,
            trades=self._trades,
            candles=self._candles,
            holes=self._holes,
        )
        self._trades, self._candles, self._holes = [], [], []
        return batch

    def _settle(self, released: list[Trade]) -> int:
        if released:
            self._trades += released
            self._candles += self._aggregator.add_all(released)
        return len(released)

    def _never_existed(self, ids: IdRange | None) -> bool:
        return ids is not None and any(
            absent.first <= ids.first and ids.last <= absent.last for absent in self._absent
        )
