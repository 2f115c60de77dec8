"""Finer data inside one candle, to resolve ambiguous candles."""

from datetime import datetime

import numpy as np

from backtesting.data.history import Prints
from backtesting.data.print_buffer import feed, new_digest
from backtesting.data.quality import as_rows, stored_runs, uncovered
from bot_manager.errors import DoesNotFit
from bot_manager.trading import CandleColumns, Scales, TapeColumns, from_us, to_us
from data import HoleState, InstrumentId, Timeframe, TimeSpan
from data.ports import CandleRepository, HoleRepository, TradeRepository

_MINUTE_US = 60_000_000
_HARMFUL = [state for state in HoleState if not state.harmless]


class IntrabarData:
    """Stored minutes inside longer candles, trades inside minutes; each candle is read once.

    `digest` covers all data found.
    """

    def __init__(
        self,
        candles: CandleRepository,
        trades: TradeRepository,
        holes: HoleRepository,
        instrument: InstrumentId,
        scales: Scales,
    ) -> None:
        self._candles = candles
        self._trades = trades
        self._holes = holes
        self._instrument = instrument
        self._scales = scales
        self._tape: TimeSpan | None = None
        self._harmful: list[TimeSpan] | None = None
        self._found: dict[tuple[int, int], Prints | None] = {}

    def within(self, start_us: int, end_us: int) -> Prints | None:
        """Return all prints inside a candle, or None if they are not stored completely."""
        key = start_us, end_us
        if key not in self._found:
            self._found[key] = self._load(start_us, end_us)
        return self._found[key]

    def digest(self) -> str:
        """Return a digest of the finer data found so far, independent of the order of reads."""
        digest = new_digest()
        for _, prints in sorted(self._found.items(), key=lambda item: item[0]):
            if prints is not None:
                feed(digest, prints)
        return digest.hexdigest()

    def _load(self, start_us: int, end_us: int) -> Prints | None:
        try:
            if end_us - start_us > _MINUTE_US:
                minutes = self._minutes(from_us(start_us), from_us(end_us))
                if minutes is not None:
                    return minutes
            return self._trades_of(from_us(start_us), from_us(end_us))
        except DoesNotFit:
            return None  # finer than the account's units: treated as not stored

    def _minutes(self, start: datetime, end: datetime) -> CandleColumns | None:
        frame = self._candles.frame(self._instrument, Timeframe.M1, start, end, gaps=None)
        known = as_rows(self._candles.coverage(self._instrument, Timeframe.M1, start, end))
        covered = np.concatenate([known, stored_runs(frame)])
        if not len(frame) or len(uncovered(covered, to_us(start), to_us(end))):
            return None
        return CandleColumns.of(frame, self._scales)

    def _trades_of(self, start: datetime, end: datetime) -> TapeColumns | None:
        if not self._is_on_tape(start, end):
            return None
        pages = self._trades.between(self._instrument, start, end)
        trades = [trade for page in pages for trade in page]
        return TapeColumns.of(trades, self._scales) if trades else None

    def _is_on_tape(self, start: datetime, end: datetime) -> bool:
        if self._harmful is None:
            self._tape = _tape_of(self._trades, self._instrument)
            holes = self._holes.of(self._instrument, _HARMFUL)
            self._harmful = [hole.span for hole in holes]
        if self._tape is None or not (self._tape.start <= start and end <= self._tape.end):
            return False
        return not any(hole.start < end and start < hole.end for hole in self._harmful)


def _tape_of(trades: TradeRepository, instrument: InstrumentId) -> TimeSpan | None:
    first = trades.first_at_or_after(instrument, from_us(0))
    end = trades.end(instrument)
    return None if first is None or end is None else TimeSpan(first.time, end.time)
