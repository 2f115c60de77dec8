"""Anchored windows: they make a live decision equal to the backtest's, bit for bit.

Floating-point results depend on the length and start of a frame. So a row is only ever evaluated
on one frame: `warmup` rows before its anchor, then ANCHOR_CANDLES rows from the anchor on. Anchors
are ANCHOR_CANDLES apart, counted in time from the timeframe's origin. Rows that are not known yet,
or never will be, are copies of the last one; rows before the first candle are NaN. A causal rule
decides the same.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from data import CandleFrame, Timeframe, to_datetime64
from strategies.errors import StrategyError

ANCHOR_CANDLES = 4_096

Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A frame of warmup + ANCHOR_CANDLES rows.

    Rows `missing`..`stop` are candles, of them `first`..`stop` from the anchor on; the rows before
    them are NaN, those after them copies of the last one.
    """

    anchor: np.datetime64
    candles: CandleFrame
    missing: int
    first: int
    stop: int

    @property
    def close_times(self) -> Times:
        """Return when each row's candle closes."""
        return close_times_of(self.candles)

    def open_times(self) -> Times:
        """Return when the candles from the anchor on open."""
        return self.candles.open_time[self.first : self.stop]

    def digest(self, row: int) -> str:
        """Return a digest of the candles up to and including `row`: the input of its decision."""
        digest = hashlib.blake2b(digest_size=16)
        for name in ("open_time", "open", "high", "low", "close", "volume", "flat"):
            digest.update(getattr(self.candles, name)[self.missing : row + 1].tobytes())
        return digest.hexdigest()


def first_row_of_anchor(candles: CandleFrame, row: int, warmup: int) -> int:
    """Return the first row that a value at `row` reads: `warmup` rows before the row's anchor."""
    anchor = anchors_of(candles.open_time[row : row + 1], candles.timeframe)[0]
    return max(int(np.searchsorted(candles.open_time, anchor)) - warmup, 0)


def warmed_up(window: Window) -> npt.NDArray[np.bool_]:
    """Return which rows have the whole warm-up before them, none of it missing or unknown."""
    is_unknown = np.isnan(window.candles.close[window.missing :])
    if not is_unknown.any():
        warm = np.ones(len(window.candles), np.bool_)
        warm[: window.first + window.missing] = False
        return warm
    rows = np.arange(len(window.candles))
    unknown = np.flatnonzero(is_unknown) + window.missing
    run_start = np.zeros(len(rows), np.int64)
    run_start[window.missing :] = window.missing
    run_start[unknown] = unknown + 1
    since: npt.NDArray[np.bool_] = rows - np.maximum.accumulate(run_start) >= window.first
    since[: window.missing] = since[unknown] = False
    return since


def close_times_of(candles: CandleFrame) -> Times:
    """Return when each candle closes."""
    return candles.open_time + np.timedelta64(candles.timeframe.seconds, "s")


def anchors_of(open_times: Times, timeframe: Timeframe, phase: int = 0) -> Times:
    """Return the anchor of each candle; `phase` moves all anchors by so many candles."""
    candle = np.timedelta64(timeframe.seconds, "s")
    origin = to_datetime64(timeframe.origin) + phase * candle
    return open_times - (open_times - origin) % (ANCHOR_CANDLES * candle)


def anchor_before(time: datetime, timeframe: Timeframe) -> datetime:
    """Return the anchor of the candle that opens at a time."""
    return time - (time - timeframe.origin) % (ANCHOR_CANDLES * timeframe.duration)


def build_window(candles: CandleFrame, anchor: np.datetime64, warmup: int) -> Window:
    """Build the window of an anchor from candles around it, none of them of the next anchor.

    Only the last `warmup` candles before the anchor are used. Raises StrategyError without a
    candle from the anchor on.
    """
    start = int(np.searchsorted(candles.open_time, anchor))
    count = len(candles) - start
    if not 0 < count <= ANCHOR_CANDLES:
        raise StrategyError(
            f"{count} candles from anchor {anchor} on: 1 to {ANCHOR_CANDLES} are allowed"
        )
    available = candles if start <= warmup else candles.take(slice(start - warmup, None))
    missing = warmup - (len(available) - count)
    behind = ANCHOR_CANDLES - count
    # Inside a history no rows are padded: no copy is needed.
    whole = available if not missing and not behind else _padded(available, missing, behind)
    return Window(anchor, whole, missing, warmup, warmup + count)


def _padded(candles: CandleFrame, before: int, behind: int) -> CandleFrame:
    """Return a new frame: `before` missing rows, the candles, copies of the last one."""
    stop = before + len(candles)
    columns = {name: _spread(column, before, behind) for name, column in candles.columns().items()}
    for name in ("open", "high", "low", "close", "volume"):
        columns[name][:before] = np.nan
    candle = np.timedelta64(candles.timeframe.seconds, "s")
    columns["open_time"][:before] -= np.arange(before, 0, -1) * candle
    columns["open_time"][stop:] += np.arange(1, behind + 1) * candle
    return CandleFrame(instrument=candles.instrument, timeframe=candles.timeframe, **columns)


def _spread(column: npt.NDArray[Any], before: int, behind: int) -> npt.NDArray[Any]:
    """Return a column with copies of its first value before it and of its last one after it."""
    spread = np.empty(before + len(column) + behind, column.dtype)
    spread[:before] = column[0]
    spread[before : before + len(column)] = column
    spread[before + len(column) :] = column[-1]
    return spread


def windows_of(frames: Iterable[CandleFrame], warmup: int, phase: int = 0) -> Iterator[Window]:
    """Cut consecutive frames, of any length, into one window per anchor.

    Holds no more than a frame and one window's candles. The last window ends with the last frame.
    """
    held: CandleFrame | None = None
    before = 0  # the number of held rows that are only warm-up of the next window
    for frame in frames:
        if not len(frame):
            continue
        held = frame if held is None else joined([held, frame])
        *whole, (start, _, _) = _by_anchor(held, before, phase)
        yield from (_window_of(held, part, warmup) for part in whole)
        before = min(start, warmup)
        held = held.take(slice(start - before, None))
    if held is not None:
        (part,) = _by_anchor(held, before, phase)
        yield _window_of(held, part, warmup)


def _window_of(candles: CandleFrame, part: tuple[int, int, np.datetime64], warmup: int) -> Window:
    start, stop, anchor = part
    return build_window(candles.take(slice(max(start - warmup, 0), stop)), anchor, warmup)


def _by_anchor(
    candles: CandleFrame, first: int, phase: int
) -> Iterator[tuple[int, int, np.datetime64]]:
    """Yield for each anchor of the rows from `first` on: start and stop row, and the anchor."""
    times = candles.open_time[first:]
    anchor = anchors_of(times[:1], candles.timeframe, phase)[0]
    step = ANCHOR_CANDLES * np.timedelta64(candles.timeframe.seconds, "s")
    start = first
    while start < len(candles):
        stop = first + int(np.searchsorted(times, anchor + step))
        if stop > start:
            yield start, stop, anchor
        start, anchor = stop, anchor + step


def joined(frames: Sequence[CandleFrame]) -> CandleFrame:
    """Return consecutive frames as one. Raises InvalidValue if they overlap."""
    if len(frames) == 1:
        return frames[0]
    parts = [frame.columns() for frame in frames]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    first = frames[0]
    return CandleFrame(instrument=first.instrument, timeframe=first.timeframe, **columns)
