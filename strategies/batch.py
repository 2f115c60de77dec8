"""A strategy over any span of history, window by window: memory does not grow with the span."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from data import CandleFrame, InstrumentId
from strategies.base import SecondTimeframe, Strategy
from strategies.evaluation import check_timeframes, evaluate
from strategies.second import SecondValues, first_row_needed, second_values
from strategies.signals import Direction, Directions, targets_of
from strategies.window import Times, Window, close_times_of, joined, windows_of


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
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
) -> Iterator[Decisions]:
    """Decide every candle of consecutive frames, oldest first; both timeframes' may be cut anyhow.

    The first rows serve as warm-up: they come out as HOLD. `before` is the target at the beginning,
    `phase` moves the anchors (only to verify a strategy: it changes nothing that is decided).
    """
    for window, directions in evaluate_windows(strategy, frames, second_frames, phase=phase):
        targets = targets_of(directions, before)
        before = Direction(int(targets[-1]))
        yield Decisions(window.open_times(), directions, targets)


def evaluate_windows(
    strategy: Strategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    phase: int = 0,
) -> Iterator[tuple[Window, Directions]]:
    """Decide every candle window by window; see `evaluate_frames`."""
    for window, second in windows_with_second(strategy, frames, second_frames, phase=phase):
        yield window, evaluate(strategy, window, second)


def windows_with_second(
    strategy: Strategy,
    frames: Iterable[CandleFrame],
    second_frames: Iterable[CandleFrame] = (),
    *,
    phase: int = 0,
) -> Iterator[tuple[Window, SecondValues | None]]:
    """Yield every window with what is seen of the second timeframe; see `evaluate_frames`."""
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        return
    check_timeframes(strategy, first.timeframe)
    declared = strategy.second()
    reader = (
        None if declared is None else SecondReader(declared, first.instrument, second_frames, phase)
    )
    for window in windows_of(chain([first], frames), strategy.warmup(first.timeframe), phase):
        second = None
        if reader is not None:
            second = reader.values(window.close_times[window.missing : window.stop])
        yield window, second


class SecondReader:
    """The second timeframe's candles: read as far as the first one needs them, let go behind."""

    def __init__(
        self,
        declared: SecondTimeframe,
        instrument: InstrumentId,
        frames: Iterable[CandleFrame],
        phase: int = 0,
    ) -> None:
        self._declared = declared
        self._frames = iter(frames)
        self._phase = phase
        self._held = CandleFrame.from_candles(instrument, declared.timeframe, [])

    def values(self, times: Times) -> SecondValues:
        """Return what is seen at rising `times`, none before those of the last call."""
        held = [self._held]
        while not (len(held[-1]) and close_times_of(held[-1])[-1] >= times[-1]):
            frame = next(self._frames, None)
            if frame is None:
                break
            held.append(frame)
        candles = joined(held)
        start = first_row_needed(self._declared, candles, times[0], self._phase)
        self._held = candles.take(slice(start, None))
        return second_values(self._declared, candles, times, self._phase)
