"""Evaluate a strategy over a whole history."""

import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType

from backtesting.data.decisions import DecisionBatch, decisions_since
from backtesting.data.history import History
from backtesting.errors import BacktestError, StrategyRaised
from backtesting.monitor import RunMonitor
from data.errors import DataError
from strategies.errors import UserCodeFailed
from strategies.strategy_handle import ConfiguredStrategy
from strategies.warmup import first_warm_time
from utils.errors import ExternalServiceError

Decider = Callable[[ConfiguredStrategy, History, RunMonitor], Iterator[DecisionBatch]]


def decide(
    strategy: ConfiguredStrategy, history: History, monitor: RunMonitor
) -> Iterator[DecisionBatch]:
    """Yield the strategy's targets at every close of the span, window by window.

    Raises StrategyRaised for any error of the strategy, Cancelled.
    """
    scope = history.scope
    start_us, length = scope.start_us, scope.end_us - scope.start_us
    with _NamedErrors(strategy):
        frames, seconds = history.frames(strategy), history.second_frames(strategy)
        for window, directions in strategy.windows(frames, seconds):
            decided = decisions_since(start_us, window, directions)
            monitor.at((decided.end_us - start_us) / length)
            yield decided


def first_decided(strategy: ConfiguredStrategy, history: History) -> datetime | None:
    """Return the open time of the first candle after the strategy's whole warm-up.

    None if there is no such candle. Raises StrategyRaised.
    """
    with _NamedErrors(strategy):
        return first_warm_time(strategy, history.frames(strategy), history.second_frames(strategy))


class _NamedErrors:
    """Converts any exception of a strategy to StrategyRaised with the strategy's name."""

    def __init__(self, strategy: ConfiguredStrategy) -> None:
        self._name = strategy.name

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ours = BacktestError, DataError, ExternalServiceError
        if error is None or isinstance(error, ours) or not isinstance(error, Exception):
            return
        if isinstance(error, UserCodeFailed):
            raise StrategyRaised(str(error)) from error
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise StrategyRaised(
            f"strategy {self._name}: {type(error).__name__}: {error} "
            f"(line {place.lineno}, in {place.name}): try truetape strategy verify on it"
        ) from error
