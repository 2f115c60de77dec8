"""How complete the stored data are: a calendar per instrument and timeframe, and the holes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from data import HoleState, InstrumentId, Timeframe, TimeSpan
from data.ports import CandleRepository, HoleRepository, InstrumentRepository

DAY = timedelta(days=1)
MAX_DAYS = 90
MAX_HOLES = 200
_UNRESOLVED = (HoleState.OPEN, HoleState.DEFERRED, HoleState.UNRECOVERABLE)


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The known share of each UTC day, from 0 to 1, oldest first.

    Of the current day only the elapsed part counts; None if no candle of it has closed.
    """

    instrument: str
    timeframe: str
    days: list[float | None]


class HoleView(msgspec.Struct, frozen=True, kw_only=True):
    """One hole of a tape."""

    instrument: str
    first_id: int
    last_id: int
    missing: int
    state: str
    after_time: datetime
    before_time: datetime
    detected_at: datetime


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Coverage since `first_day`, a UTC midnight; holes, unresolved first, and their counts."""

    first_day: datetime
    coverage: list[Coverage]
    holes: list[HoleView]
    hole_counts: dict[str, int]


class QualityReads:
    """Reads over the market's repositories; blocking."""

    def __init__(
        self,
        instruments: InstrumentRepository,
        candles: CandleRepository,
        holes: HoleRepository,
        timeframes: Sequence[Timeframe],
    ) -> None:
        self._instruments = instruments
        self._candles = candles
        self._holes = holes
        self._timeframes = timeframes

    def read(self, days: int, now: datetime) -> Quality:
        """Return coverage and holes of all instruments with candles. Raises repository errors."""
        days = max(1, min(MAX_DAYS, days))
        first_day = Timeframe.D1.floor(now) - (days - 1) * DAY
        names = self._stored()
        holes = [hole for name in names for hole in self._holes.of(name)]
        counts = {state.value: 0 for state in HoleState}
        for hole in holes:
            counts[hole.state.value] += 1
        shown = sorted(holes, key=lambda hole: (hole.state in _UNRESOLVED, hole.detected_at))
        return Quality(
            first_day=first_day,
            coverage=[
                self._coverage(name, timeframe, first_day, days, now)
                for name in names
                for timeframe in self._timeframes
            ],
            holes=[
                HoleView(
                    instrument=str(hole.instrument),
                    first_id=hole.ids.first,
                    last_id=hole.ids.last,
                    missing=len(hole.ids),
                    state=hole.state.value,
                    after_time=hole.after_time,
                    before_time=hole.before_time,
                    detected_at=hole.detected_at,
                )
                for hole in reversed(shown[-MAX_HOLES:])
            ],
            hole_counts=counts,
        )

    def _stored(self) -> list[InstrumentId]:
        names = self._instruments.names()
        series = [(name, timeframe) for name in names for timeframe in self._timeframes]
        found = {name for name, _ in self._candles.newest(series)}
        return [name for name in names if name in found]

    def _coverage(
        self,
        name: InstrumentId,
        timeframe: Timeframe,
        first_day: datetime,
        days: int,
        now: datetime,
    ) -> Coverage:
        known = self._candles.coverage(name, timeframe, first_day, first_day + days * DAY)
        return Coverage(
            instrument=str(name),
            timeframe=str(timeframe),
            days=[
                known_share(known, first_day + day * DAY, timeframe.floor(now))
                for day in range(days)
            ],
        )


def known_share(known: Sequence[TimeSpan], day: datetime, over: datetime) -> float | None:
    """Return the known share of a day's part before `over`; None if there is no such part."""
    end = min(day + DAY, over)
    if end <= day:
        return None
    covered = sum(
        (
            min(span.end, end) - max(span.start, day)
            for span in known
            if span.start < end and span.end > day
        ),
        timedelta(0),
    )
    return round(covered / (end - day), 4)
