"""Evaluation of a window of candles: the direction of each of them."""

import numpy as np
import numpy.typing as npt

from data import Timeframe
from strategies.base import Strategy
from strategies.errors import StrategyError
from strategies.frame import StrategyFrame, columns_of
from strategies.second_timeframe import SecondValues
from strategies.signals import Direction, Directions
from strategies.strategy_files import plain_text
from strategies.window import Window, warmed_up
from utils.errors import ConfigError

# Directions are consecutive integers; plain ones, because numpy is slow with enum members.
_LEAST, _GREATEST, _HOLD = int(min(Direction)), int(max(Direction)), int(Direction.HOLD)


def check_timeframes(strategy: Strategy, timeframe: Timeframe) -> None:
    """Raise ConfigError unless the second timeframe, if any, is made of whole candles of this."""
    second = strategy.second()
    if second is not None:
        require_coarser(type(strategy).__name__, second.timeframe, timeframe)


def require_coarser(name: str, second: Timeframe, timeframe: Timeframe) -> None:
    """Raise ConfigError unless a strategy's second timeframe is made of whole candles of this."""
    coarser = second.seconds > timeframe.seconds
    if not (coarser and timeframe.divides(second)):
        problem = f"{second} must be coarser than {timeframe}, and a multiple of it"
        raise ConfigError(name, field="second timeframe", problem=problem)


def frame_of(strategy: Strategy, window: Window, second: SecondValues | None) -> StrategyFrame:
    """Return the frame of a window that the strategy reads."""
    return StrategyFrame(
        timeframe=window.candles.timeframe,
        open_time=window.candles.open_time,
        columns=columns_of(window.candles, strategy.indicators()),
        second=None if second is None else second.at(window.close_times),
    )


def decide_rows(strategy: Strategy, frame: StrategyFrame) -> Directions:
    """Return the strategy's direction of every row. Raises StrategyError if it is invalid."""
    with np.errstate(all="ignore"):  # NaN is an ordinary value here
        directions: object = strategy.directions(frame)
    name = type(strategy).__name__
    if not isinstance(directions, np.ndarray) or directions.shape != (len(frame),):
        shape = getattr(directions, "shape", type(directions).__name__)
        raise StrategyError(f"{name}: directions must be an array of {len(frame)}, was {shape}")
    # Direction's numbers have no gaps. This runs for every closed candle of every group.
    if (
        directions.dtype.kind not in "iu"
        or directions.min() < _LEAST
        or directions.max() > _GREATEST
    ):
        raise StrategyError(
            f"{name}: directions must contain values of Direction only, see `decide`"
        )
    return directions.astype(np.int8)


def reason_at(strategy: Strategy, frame: StrategyFrame, row: int) -> str:
    """Return the reason of a row's direction. Raises StrategyError if it is no text."""
    with np.errstate(all="ignore"):
        reason: object = strategy.reason(frame, row)
    if not isinstance(reason, str):
        raise StrategyError(f"a reason must be text, was {type(reason).__name__}")
    return plain_text(reason)


def rows_that_count(window: Window, second: SecondValues | None) -> npt.NDArray[np.bool_]:
    """Return which rows count: those with enough candles before them, in both timeframes.

    A row without a trade does not: it could not be acted on, and live it is not evaluated.
    """
    return ~window.candles.flat & warm_rows(window, second)


def warm_rows(window: Window, second: SecondValues | None) -> npt.NDArray[np.bool_]:
    """Return which rows have enough known candles before them, in both timeframes."""
    warm = warmed_up(window)
    return warm if second is None else warm & second.counts_at(window.close_times)


def evaluate(strategy: Strategy, window: Window, second: SecondValues | None = None) -> Directions:
    """Return each candle's direction from the anchor on, HOLD where it does not count."""
    decided = decide_rows(strategy, frame_of(strategy, window, second))
    np.copyto(decided, _HOLD, where=~rows_that_count(window, second))
    return decided[window.first : window.stop]
