"""How far back the groups need candles, and which of them each group lacks so far."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from data import Gaps, InstrumentId, Timeframe, TimeSpan
from data.ports import CandleRepository, HistoryRequestRepository
from strategies.engine.live_candles import Series
from strategies.frame_reader import AnnouncedReader
from strategies.signals import Group
from strategies.window import anchor_before
from strategies.workers.queries import CandleRequirements
from utils.clock import Clock
from utils.isolation import Isolation

MAX_HISTORY = timedelta(days=3650)
"""The maximum age of requested candles; the exchange may have fewer."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a series, as strategies count them."""

    instrument: InstrumentId
    timeframe: Timeframe
    gaps: Gaps

    @property
    def series(self) -> Series:
        return self.instrument, self.timeframe


@dataclass(frozen=True, slots=True)
class _StoredHistory:
    """The stored rows at the last poll: `count` is exact below `warmup`, else a lower bound.

    `since` is when the needed candles begin, `known` are the known spans from then on.
    """

    newest: datetime | None
    since: datetime
    known: tuple[TimeSpan, ...]
    warmup: int
    count: int

    def reaches_back(self, timeframe: Timeframe) -> bool:
        """Return whether all candles needed are stored, or known not to exist."""
        return self.known == (_needed(self.since, self.newest, timeframe),)


def _needed(since: datetime, newest: datetime | None, timeframe: Timeframe) -> TimeSpan | None:
    """Return the span of the candles that are needed; None if the newest one is older."""
    if newest is None:
        return None
    return TimeSpan.between(since, newest + timeframe.duration)


class HistoryTracker:
    """Polls the stored history of a group until it is complete, then no longer."""

    def __init__(
        self,
        candles: CandleRepository,
        history_requests: HistoryRequestRepository,
        clock: Clock,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._candles = candles
        self._history_requests = history_requests
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Read the history of every group again, and store the history requests again."""
        self._served: set[Group] = set()
        self._shortages: dict[Group, str] = {}
        self._histories: dict[_Rows, _StoredHistory] = {}
        self._row_factors: dict[_Rows, int] = {}
        self._stored_requests: dict[Series, datetime] | None = None

    def update(self, groups: Mapping[Group, CandleRequirements]) -> None:
        """Request the history that these groups, all there are, need, and find their shortages."""
        self._served &= groups.keys()
        waiting = {
            group: dict(_rows_of(group, requirements))
            for group, requirements in groups.items()
            if group not in self._served
        }
        self._histories = self._read_histories(_deepest(waiting.values()))
        self._store_requests()
        self._shortages = {}
        for group, needed in waiting.items():
            shortages = [self._describe_shortage(rows, warmup) for rows, warmup in needed.items()]
            if short := next(filter(None, shortages), ""):
                self._shortages[group] = short
            elif all(self._histories[rows].reaches_back(rows.timeframe) for rows in needed):
                self._served.add(group)

    def shortage_of(self, group: Group) -> str:
        """Describe the candles that a group lacks for its first decision; empty if none."""
        return self._shortages.get(group, "")

    def _read_histories(self, needed: Mapping[_Rows, int]) -> dict[_Rows, _StoredHistory]:
        series = {rows.series for rows in needed}
        newest = self._candles.newest(series) if series else {}
        self._isolation.keep({_item(rows) for rows in needed})
        histories: dict[_Rows, _StoredHistory] = {}
        for rows, warmup in needed.items():
            with self._isolation.attempt(_item(rows)):
                histories[rows] = self._read_history(rows, warmup, newest.get(rows.series))
        return histories

    def _read_history(self, rows: _Rows, warmup: int, newest: datetime | None) -> _StoredHistory:
        before = self._histories.get(rows)
        if before is not None and rows.gaps == "skip" and self._ends_too_early(rows, before):
            # Quiet candles are no rows, so the same number of rows lies further back.
            self._row_factors[rows] = 2 * self._row_factors.get(rows, 1)
        since = self._since(rows, warmup, newest)
        span = _needed(since, newest, rows.timeframe)
        known = tuple(self._candles.coverage(*rows.series, span.start, span.end)) if span else ()
        if before is not None and _inputs(before) == (newest, since, known, warmup):
            return before
        count = 0 if newest is None else self._count(rows, warmup, newest)
        return _StoredHistory(newest, since, known, warmup, count)

    def _ends_too_early(self, rows: _Rows, history: _StoredHistory) -> bool:
        more = history.since > self._oldest_time(rows.timeframe)
        return more and history.count < history.warmup and history.reaches_back(rows.timeframe)

    def _since(self, rows: _Rows, warmup: int, newest: datetime | None) -> datetime:
        """Return when the first row opens that the next decision reads."""
        time = rows.timeframe.floor(self._clock.now()) if newest is None else newest
        candles = (warmup + 1) * self._row_factors.get(rows, 1)
        back = candles * rows.timeframe.duration
        return max(anchor_before(time, rows.timeframe) - back, self._oldest_time(rows.timeframe))

    def _oldest_time(self, timeframe: Timeframe) -> datetime:
        return timeframe.ceil(self._clock.now() - MAX_HISTORY)

    def _count(self, rows: _Rows, warmup: int, newest: datetime) -> int:
        """Count the rows stored after the last unknown one, until they suffice for the warm-up."""
        reader = AnnouncedReader(self._candles, *rows.series, rows.gaps)
        end, candles = newest + rows.timeframe.duration, warmup + 1
        while True:
            start = newest - candles * rows.timeframe.duration
            frame = reader.read(start, end)
            unknown = np.flatnonzero(frame.unknown)
            if len(unknown):
                return len(frame) - 1 - int(unknown[-1])
            count = len(frame)
            if count >= warmup or not self._candles.latest(*rows.series, 1, before=start):
                return count
            candles *= 2

    def _store_requests(self) -> None:
        """Store the requests for history that is not known, if they differ from the stored ones."""
        history_requests: dict[Series, datetime] = {}
        for rows, history in self._histories.items():
            if not history.reaches_back(rows.timeframe):
                history_requests[rows.series] = min(
                    history.since, history_requests.get(rows.series, history.since)
                )
        if history_requests != self._stored_requests:
            self._history_requests.replace(history_requests)
            self._stored_requests = history_requests

    def _describe_shortage(self, rows: _Rows, needed: int) -> str:
        history = self._histories.get(rows)
        if history is None:
            return f"its candles cannot be read: {self._isolation.problem(_item(rows))}"
        if history.count >= needed:
            return ""
        short = (
            f"warming up: {needed:,} {rows.timeframe} candles required before its first decision, "
            f"{history.count:,} stored; "
        )
        if history.newest is None or not history.reaches_back(rows.timeframe):
            return short + "older ones are requested"
        enough = history.newest + (needed - history.count + 1) * rows.timeframe.duration
        return short + f"the exchange has no older ones: ready at {enough:%Y-%m-%d %H:%M} UTC"


def _item(rows: _Rows) -> str:
    return f"{rows.instrument} {rows.timeframe} {rows.gaps}"


def _rows_of(group: Group, requirements: CandleRequirements) -> Iterator[tuple[_Rows, int]]:
    """Yield the rows that a group needs, and how many before the next candle is decided.

    Those of the second timeframe include the visible candle.
    """
    yield _Rows(group.instrument, group.timeframe, requirements.gaps), requirements.warmup
    if requirements.second is not None:
        yield (
            _Rows(group.instrument, requirements.second, requirements.gaps),
            requirements.second_warmup + 1,
        )


def _deepest(needed: Iterable[Mapping[_Rows, int]]) -> dict[_Rows, int]:
    deepest: dict[_Rows, int] = {}
    for each in needed:
        for rows, warmup in each.items():
            deepest[rows] = max(warmup, deepest.get(rows, 0))
    return deepest


def _inputs(history: _StoredHistory) -> tuple[object, ...]:
    return history.newest, history.since, history.known, history.warmup
