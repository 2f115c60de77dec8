"""Verify a day of a tape once it is over: later proofs start from its digest."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from data.market.frame import TimeSpan
from data.market.instrument import InstrumentId
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

    def prove(self, instrument: InstrumentId, day: datetime, now: datetime) -> TapeDay | None:
        """Note a day, verified or with its problem; None if nothing was traded."""
        found = self._retention.look_at(instrument, day, now)
        if found is None:
            return None
        proved = msgspec.structs.replace(found, problem=self._problem(instrument, day))
        self._retention.note(proved)
        return proved

    def _problem(self, instrument: InstrumentId, day: datetime) -> str:
        timeframes = [each for each in Timeframe if each.duration <= DAY]
        stored = self._candles.newest([(instrument, each) for each in timeframes])
        wanted = [timeframe for _, timeframe in stored]
        if not wanted:
            return ""
        span = TimeSpan(day, day + DAY)
        refold = Refold(self._trades, self._holes, instrument, span)
        check = TapeCheck(self._candles, self._trades, refold, instrument)
        faults = Counter(
            difference.kind
            for difference in check.differences(wanted, span)
            if difference.kind.is_fault
        )
        words = [f"{count} candles {kind}" for kind, count in faults.items()]
        if refold.undeclared:
            words.append(f"{sum(map(len, refold.undeclared))} ids missing without a hole")
        return ", ".join(words)
