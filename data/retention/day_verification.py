"""Verify a day of a tape once it is over: later verifications start from its digest."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from data.market.frame import TimeSpan
from data.market.timeframe import Timeframe
from data.ports import CandleRepository, HoleRepository, TradeRepository
from data.retention.ports import RetentionRepository
from data.retention.values import DAY, StoredTape, TapeDay, day_of
from data.verification.candle_rebuild import CandleRebuild
from data.verification.tape_check import TapeCheck


class DayVerifier:
    """Folds unverified days, and compares every candle with its trades."""

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

    def unverified_days(self, tape: StoredTape, known: Iterable[TapeDay]) -> list[datetime]:
        """Return the days of a tape that are over and not recorded, oldest first."""
        noted = {day.day for day in known if day.instrument == tape.instrument and not day.dropped}
        first, newest = day_of(tape.first_time), day_of(tape.end.time)
        days = (first + number * DAY for number in range((newest - first) // DAY))
        return [day for day in days if day not in noted]

    def verify_day(self, tape: StoredTape, day: datetime, now: datetime) -> TapeDay | None:
        """Record a day, verified or with its problem; None if nothing was traded."""
        found = self._retention.summarize_day(tape.instrument, day, now)
        if found is None:
            return None
        verified_day = msgspec.structs.replace(found, problem=self._problem(tape, day))
        self._retention.note(verified_day)
        return verified_day

    def _problem(self, tape: StoredTape, day: datetime) -> str:
        span = TimeSpan(day, day + DAY)
        rebuild = CandleRebuild(self._trades, self._holes, tape.instrument, span)
        check = TapeCheck(self._candles, self._trades, self._holes, rebuild, tape.instrument)
        found = check.differences(self._expected(tape, day), span)
        faults = Counter(one.kind for one in found if one.kind.is_fault)
        problems = [f"{count} candles {kind}" for kind, count in faults.items()]
        if count := rebuild.chain.counts.total():
            problems.append(f"{count} breaks of the chain, the first: {rebuild.chain.breaks[0]}")
        return ", ".join(problems)

    def _expected(self, tape: StoredTape, day: datetime) -> list[Timeframe]:
        """Return the timeframes whose candles reach back to that day, or to the tape's start.

        Other timeframes were added later, or are kept for less time. Weeks are folded from days.
        """
        return [
            series.timeframe
            for series in self._retention.series()
            if series.instrument == tape.instrument
            and series.timeframe.duration <= DAY
            and series.oldest <= max(day, series.timeframe.floor(tape.first_time))
        ]
