"""A file of candles, checked completely before any of it is used."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from data.errors import InvalidValue
from data.imports.candle_rows import CandleRows
from data.imports.tables.problems import DUPLICATE_BUCKETS, BadRows
from data.imports.tables.table import SourceTable
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.timeframe import Timeframe
from data.ports import OnProgress

_Column = npt.NDArray[np.int64]
_Refuse = Callable[[int, str, datetime | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleSurvey:
    """The contents of a file.

    `good` candles, each counted once, of which `empty` had no trade; `repeated` copies; `foreign`
    rows of other timeframes; bad rows; and the `spans` without a bucket missing. `spans_if_quiet`
    are those if the source leaves out candles without a trade: only buckets of bad rows are missing
    from them. The bucket of `timeless` bad rows is unknown.
    """

    good: int
    empty: int
    repeated: int
    foreign: int
    bad: BadRows
    spans: list[TimeSpan]
    spans_if_quiet: list[TimeSpan]
    timeless: int


class CandleFile:
    """Candles of a file, in the file's own order, each once. Call `check` first.

    Keeps 24 bytes of each row in memory, so that rows may come in any order.
    """

    def __init__(self, table: SourceTable, rows: CandleRows, timeframe: Timeframe) -> None:
        self._table = table
        self._rows = rows
        self._timeframe = timeframe
        self._dropped: frozenset[int] = frozenset()

    def check(self, on_progress: OnProgress) -> CandleSurvey:
        """Read every row. Raises UnreadableFile."""
        notes = _Notes(self._timeframe)
        for line, candle in self._parse(notes.refuse, on_progress):
            notes.add(line, candle)
        survey, self._dropped = notes.conclude()
        return replace(survey, bad=survey.bad.placed(self._table))

    def candles(self, on_progress: OnProgress) -> Iterator[Candle]:
        """Return the good candles with trades."""
        for line, candle in self._parse(_ignore, on_progress):
            if candle is not None and candle.volume and line not in self._dropped:
                yield candle

    def _parse(
        self, refuse: _Refuse, on_progress: OnProgress
    ) -> Iterator[tuple[int, Candle | None]]:
        for line, cells in self._table.rows(on_progress):
            try:
                yield line, self._rows.read(cells)
            except InvalidValue as error:
                refuse(line, str(error), self._rows.open_time(cells))


def _ignore(line: int, problem: str, open_time: datetime | None) -> None:
    """Ignore a bad row: the check recorded it."""


class _Notes:
    """What is kept of each row: its bucket, its line, a digest of its values, and emptiness."""

    def __init__(self, timeframe: Timeframe) -> None:
        self.unreadable = BadRows()
        self._timeframe = timeframe
        self._foreign = 0
        self._buckets, self._lines, self._digests = array("q"), array("q"), array("q")
        self._empties = array("b")
        self._refused = array("q")
        self._timeless = 0

    def refuse(self, line: int, problem: str, open_time: datetime | None) -> None:
        self.unreadable.add(line, problem)
        if open_time is None:
            self._timeless += 1
        else:
            self._refused.append(self._bucket(open_time))

    def add(self, line: int, candle: Candle | None) -> None:
        if candle is None:
            self._foreign += 1
            return
        self._buckets.append(self._bucket(candle.open_time))
        self._lines.append(line)
        self._digests.append(_digest(candle))
        self._empties.append(candle.volume == 0)

    def conclude(self) -> tuple[CandleSurvey, frozenset[int]]:
        """Return the survey, and the lines to leave out: copies and conflicting rows."""
        order = np.lexsort((np.array(self._lines), np.array(self._buckets)))
        buckets, lines = np.array(self._buckets)[order], np.array(self._lines)[order]
        digests, empties = np.array(self._digests)[order], np.array(self._empties)[order]
        is_first = np.diff(buckets, prepend=np.iinfo(np.int64).min) != 0
        bucket = np.cumsum(is_first) - 1
        differs = digests != digests[is_first][bucket]
        is_torn = np.bincount(bucket, differs) > 0
        is_conflict = is_torn[bucket]
        is_good = is_first & ~is_conflict
        good = buckets[is_good]
        survey = CandleSurvey(
            good=int(is_good.sum()),
            empty=int(empties[is_good].sum()),
            repeated=int((~is_first & ~is_conflict).sum()),
            foreign=self._foreign,
            bad=self.unreadable.with_others(
                self._conflicting_buckets(buckets[is_conflict], lines[is_conflict])
            ),
            spans=self._spans(good),
            spans_if_quiet=self._spans_if_quiet(good, buckets[is_conflict]),
            timeless=self._timeless,
        )
        return survey, frozenset(lines[~is_good].tolist())

    def _conflicting_buckets(self, buckets: _Column, lines: _Column) -> BadRows:
        bad = BadRows()
        for line, bucket in sorted(zip(lines.tolist(), buckets.tolist(), strict=True)):
            opened = self._timeframe.origin + bucket * self._timeframe.duration
            bad.add(line, f"the candle of {opened.isoformat()} {DUPLICATE_BUCKETS}")
        return bad

    def _spans_if_quiet(self, good: _Column, conflicts: _Column) -> list[TimeSpan]:
        """Return the span from the first good candle to the last, less the buckets of bad rows."""
        if not len(good):
            return []
        spans, bad = [], np.setdiff1d(np.append(conflicts, np.array(self._refused, np.int64)), good)
        start = int(good[0])
        for bucket in [*bad[(bad > good[0]) & (bad < good[-1])].tolist(), int(good[-1]) + 1]:
            spans.append(self._span(start, bucket))
            start = bucket + 1
        return [span for span in spans if span.start < span.end]

    def _spans(self, buckets: _Column) -> list[TimeSpan]:
        if not len(buckets):
            return []
        ends = np.flatnonzero(np.diff(buckets) != 1)
        firsts = buckets[np.concatenate(([0], ends + 1))].tolist()
        lasts = buckets[np.concatenate((ends, [len(buckets) - 1]))].tolist()
        return [self._span(first, last + 1) for first, last in zip(firsts, lasts, strict=True)]

    def _span(self, first: int, end: int) -> TimeSpan:
        origin, duration = self._timeframe.origin, self._timeframe.duration
        return TimeSpan(origin + first * duration, origin + end * duration)

    def _bucket(self, open_time: datetime) -> int:
        return (open_time - self._timeframe.origin) // self._timeframe.duration


def _digest(candle: Candle) -> int:
    values = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    return hash((*values, candle.trade_count))
