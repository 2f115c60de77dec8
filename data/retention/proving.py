"""Verify a day of a tape once it is over: later proofs start from its digest."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from data.market.frame import TimeSpan
from data.market.timeframe import Timeframe
from data.ports import CandleRepository, HoleRepository, TradeRepository
from data.refolding import Refold
from data.retention.ports import RetentionRepository
from data.retention.values import DAY, StoredTape, TapeDay, day_of
from data.tape_check import TapeCheck


class DayProver:
    """Fold the days that nobody has looked at yet, and compare every candle with its trades."""

    def __init__(
        self,
        retention: RetentionRepository,
        trades: TradeRepository,
        holes: HoleRepository,
        candles: CandleRepository,
    ) -> None:
        self._retention = retention
        self._trades = trades
        self._holes = holes
        self._candles = candles

    def unproved(self, tape: StoredTape, known: Iterable[TapeDay]) -> list[datetime]:
        """Return the days of a tape that are over and not noted, oldest first."""
        noted = {day.day for day in known if day.instrument == tape.instrument and not day.dropped}
        first, newest = day_of(tape.first_time), day_of(tape.end.time)
        days = (first + number * DAY for number in range((newest - first) // DAY))
        return [day for day in days if day not in noted]

    def prove(self, tape: StoredTape, day: datetime, now: datetime) -> TapeDay | None:
        """Note a day, verified or with its problem; None if nothing was traded."""
        found = self._retention.look_at(tape.instrument, day, now)
        if found is None:
            return None
        proved = msgspec.structs.replace(found, problem=self._problem(tape, day))
        self._retention.note(proved)
        return proved

    def _problem(self, tape: StoredTape, day: datetime) -> str:
        span = TimeSpan(day, day + DAY)
        refold = Refold(self._trades, self._holes, tape.instrument, span)
        check = TapeCheck(self._candles, self._trades, self._holes, refold, tape.instrument)
        found = check.differences(self._expected(tape, day), span)
        faults = Counter(one.kind for one in found if one.kind.is_fault)
        words = [f"{count} candles {kind}" for kind, count in faults.items()]
        if count := refold.chain.counts.total():
            words.append(f"{count} rows break the chain, first {refold.chain.breaks[0]}")
        return ", ".join(words)

    def _expected(self, tape: StoredTape, day: datetime) -> list[Timeframe]:
        """Return the timeframes whose candles reach back to that day, or to the tape's beginning.

        Those of others were made later, or are not kept so long. Weeks are folded of days.
        """
        return [
            series.timeframe
            for series in self._retention.series()
            if series.instrument == tape.instrument
            and series.timeframe.duration <= DAY
            and series.oldest <= max(day, series.timeframe.floor(tape.first_time))
        ]
