"""Evaluation of a strategy over a span of history, window by window, in constant memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from data import CandleFrame, InstrumentId, Timeframe
from strategies.base import SecondTimeframe, Strategy
from strategies.evaluation import check_timeframes, evaluate
from strategies.second_timeframe import SecondRequirements, first_row_for_second, values_in_window
from strategies.signals import Direction, Directions, targets_of
from strategies.window import Times, Window, close_times_of, joined, windows_of


@dataclass(frozen=True, slots=True, eq=False)
class WindowDecisions:
    """The directions of one window's candles, and the targets that follow from them."""

    open_time: Times
    directions: Directions
    targets: Directions


def evaluate_frames(
    strategy: Strategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    before: Direction = Direction.FLAT,
    phase: int = 0,
) -> Iterator[WindowDecisions]:
    """Decide every candle of consecutive frames of any length, oldest first.

    The first rows serve as warm-up: their direction is HOLD. `before` is the target at the start,
    `phase` moves the anchors (only to verify a strategy: it must not change any decision).
    """
    for window, directions in evaluate_windows(strategy, frames, second_frames, phase=phase):
        targets = targets_of(directions, before)
        before = Direction(int(targets[-1]))
        yield WindowDecisions(window.open_times(), directions, targets)


def evaluate_windows(
    strategy: Strategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    phase: int = 0,
) -> Iterator[tuple[Window, Directions]]:
    """Decide every candle window by window; see `evaluate_frames`."""
    declared = strategy.second()
    for window, candles in pair_windows(strategy, frames, second_frames, phase=phase):
        check_timeframes(strategy, window.candles.timeframe)
        second = values_in_window(declared, window, candles, phase)
        yield window, evaluate(strategy, window, second)


class HasWarmup(Protocol):
    """An object that declares the candles it needs before those that it decides."""

    def warmup(self, timeframe: Timeframe) -> int:
        """Return how many rows must precede the first row that counts."""

    def second(self) -> SecondTimeframe | SecondRequirements | None:
        """Return the second timeframe, if any."""


def pair_windows(
    strategy: HasWarmup,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    phase: int = 0,
) -> Iterator[tuple[Window, CandleFrame | None]]:
    """Yield each window of consecutive frames with the second timeframe's candles visible to it.

    Frames of both timeframes may have any length; they are read as far as the windows need them.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        return
    declared = strategy.second()
    reader = (
        None if declared is None else SecondReader(declared, first.instrument, second_frames, phase)
    )
    for window in windows_of(chain([first], frames), strategy.warmup(first.timeframe), phase):
        if reader is None:
            yield window, None
        else:
            yield window, reader.candles(window.close_times[window.missing : window.stop])


class SecondReader:
    """Reads the second timeframe's candles as far as the first one needs, and drops older ones."""

    def __init__(
        self,
        requirements: SecondTimeframe | SecondRequirements,
        instrument: InstrumentId,
        frames: Iterable[CandleFrame],
        phase: int = 0,
    ) -> None:
        self._requirements = requirements
        self._frames = iter(frames)
        self._phase = phase
        self._held = CandleFrame.from_candles(instrument, requirements.timeframe, [])

    def candles(self, times: Times) -> CandleFrame:
        """Return the candles visible at rising `times`, none of which is before the last call's.

        They begin with all candles that the values of the first visible one depend on.
        """
        held = [self._held]
        while not (len(held[-1]) and close_times_of(held[-1])[-1] >= times[-1]):
            frame = next(self._frames, None)
            if frame is None:
                break
            held.append(frame)
        candles = joined(held)
        start = first_row_for_second(self._requirements, candles, times[0], self._phase)
        self._held = candles.take(slice(start, None))
        return candles
