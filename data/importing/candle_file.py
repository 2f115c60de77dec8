"""A file of candles, checked as a whole before any of it is used."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.errors import InvalidValue
from data.importing.candle_rows import CandleRows
from data.importing.problems import TWINS, BadRows
from data.importing.tables import Table, Watch
from data.market.candle import Candle
from data.market.frame import TimeSpan
from data.market.timeframe import Timeframe

_Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleSurvey:
    """What a file holds.

    `good` candles, each counted once, of which `empty` had no trade; `repeated` copies; `foreign`
    rows of other timeframes; bad rows; and the `spans` without a bucket missing.
    """

    good: int
    empty: int
    repeated: int
    foreign: int
    bad: BadRows
    spans: list[TimeSpan]


class CandleFile:
    """Candles of a file, in the file's own order, each once. `check` comes first.

    Memory holds 24 bytes of each row, so that any order will do.
    """

    def __init__(self, table: Table, rows: CandleRows, timeframe: Timeframe) -> None:
        self._table = table
        self._rows = rows
        self._timeframe = timeframe
        self._dropped: frozenset[int] = frozenset()

    def check(self, watch: Watch) -> CandleSurvey:
        """Read every row. Raises UnreadableFile."""
        notes = _Notes(self._timeframe)
        for line, candle in self._parse(notes.unreadable, watch):
            notes.add(line, candle)
        survey, self._dropped = notes.conclude()
        return replace(survey, bad=survey.bad.placed(self._table))

    def candles(self, watch: Watch) -> Iterator[Candle]:
        """Return the good candles with trades."""
        for line, candle in self._parse(BadRows(), watch):
            if candle is not None and candle.volume and line not in self._dropped:
                yield candle

    def _parse(self, unreadable: BadRows, watch: Watch) -> Iterator[tuple[int, Candle | None]]:
        for line, cells in self._table.rows(watch):
            try:
                yield line, self._rows.read(cells)
            except InvalidValue as error:
                unreadable.add(line, str(error))


class _Notes:
    """What is kept of each row: its bucket, its line, a digest of its values, and emptiness."""

    def __init__(self, timeframe: Timeframe) -> None:
        self.unreadable = BadRows()
        self._timeframe = timeframe
        self._foreign = 0
        self._buckets, self._lines, self._digests = array("q"), array("q"), array("q")
        self._empties = array("b")

    def add(self, line: int, candle: Candle | None) -> None:
        if candle is None:
            self._foreign += 1
            return
        since_origin = candle.open_time - self._timeframe.origin
        self._buckets.append(since_origin // self._timeframe.duration)
        self._lines.append(line)
        self._digests.append(_digest(candle))
        self._empties.append(candle.volume == 0)

    def conclude(self) -> tuple[CandleSurvey, frozenset[int]]:
        """Return the survey, and the lines to leave out: copies, and twins."""
        order = np.lexsort((np.array(self._lines), np.array(self._buckets)))
        buckets, lines = np.array(self._buckets)[order], np.array(self._lines)[order]
        digests, empties = np.array(self._digests)[order], np.array(self._empties)[order]
        is_first = np.diff(buckets, prepend=np.iinfo(np.int64).min) != 0
        bucket = np.cumsum(is_first) - 1
        differs = digests != digests[is_first][bucket]
        is_torn = np.bincount(bucket, differs) > 0
        is_twin = is_torn[bucket]
        is_good = is_first & ~is_twin
        survey = CandleSurvey(
            good=int(is_good.sum()),
            empty=int(empties[is_good].sum()),
            repeated=int((~is_first & ~is_twin).sum()),
            foreign=self._foreign,
            bad=self.unreadable.with_others(self._twins(buckets[is_twin], lines[is_twin])),
            spans=self._spans(buckets[is_good]),
        )
        return survey, frozenset(lines[~is_good].tolist())

    def _twins(self, buckets: _Column, lines: _Column) -> BadRows:
        bad = BadRows()
        for line, bucket in sorted(zip(lines.tolist(), buckets.tolist(), strict=True)):
            opened = self._timeframe.origin + bucket * self._timeframe.duration
            bad.add(line, f"the candle of {opened.isoformat()} {TWINS}")
        return bad

    def _spans(self, buckets: _Column) -> list[TimeSpan]:
        if not len(buckets):
            return []
        ends = np.flatnonzero(np.diff(buckets) != 1)
        firsts = buckets[np.concatenate(([0], ends + 1))].tolist()
        lasts = buckets[np.concatenate((ends, [len(buckets) - 1]))].tolist()
        origin, duration = self._timeframe.origin, self._timeframe.duration
        return [
            TimeSpan(origin + first * duration, origin + (last + 1) * duration)
            for first, last in zip(firsts, lasts, strict=True)
        ]


def _digest(candle: Candle) -> int:
    values = (candle.open, candle.high, candle.low, candle.close, candle.volume)
    return hash((*values, candle.trade_count))
