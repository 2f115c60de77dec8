"""A strategy over any span of history, window by window: memory does not grow with the span."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from data import CandleFrame, InstrumentId, Timeframe
from strategies.base import SecondTimeframe, Strategy
from strategies.evaluation import check_timeframes, evaluate
from strategies.second_timeframe import SecondRequirements, first_row_needed, values_in_window
from strategies.signals import Direction, Directions, targets_of
from strategies.window import Times, Window, close_times_of, joined, windows_of


@dataclass(frozen=True, slots=True, eq=False)
class WindowDecisions:
    """What was decided at the candles of one window, and the targets that makes."""

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
    """Decide every candle of consecutive frames, oldest first; both timeframes' may be cut anyhow.

    The first rows serve as warm-up: they come out as HOLD. `before` is the target at the beginning,
    `phase` moves the anchors (only to verify a strategy: it changes nothing that is decided).
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
    """What says which candles it needs before those that it decides."""

    def warmup(self, timeframe: Timeframe) -> int:
        """Return how many rows must come before a row that counts."""

    def second(self) -> SecondTimeframe | SecondRequirements | None:
        """Return the second timeframe, if any."""


def pair_windows(
    strategy: HasWarmup,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    phase: int = 0,
) -> Iterator[tuple[Window, CandleFrame | None]]:
    """Yield each window of consecutive frames with the second timeframe's candles that it sees.

    Both timeframes' frames may be cut anyhow; they are read as far as the windows need them.
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
        times = window.close_times[window.missing : window.stop]
        yield window, None if reader is None else reader.candles(times)


class SecondReader:
    """The second timeframe's candles: read as far as the first one needs them, let go behind."""

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
        """Return the candles that rising `times` see, none of them before those of the last call.

        They begin with all that the values of the first one seen depend on.
        """
        held = [self._held]
        while not (len(held[-1]) and close_times_of(held[-1])[-1] >= times[-1]):
            frame = next(self._frames, None)
            if frame is None:
                break
            held.append(frame)
        candles = joined(held)
        start = first_row_needed(self._requirements, candles, times[0], self._phase)
        self._held = candles.take(slice(start, None))
        return candles
