"""Warm-up of strategies, and the common start from which all of them can decide.

Stored candles before the span serve as warm-up; the rest of the warm-up is taken from the span,
which is then traded from a later start on.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from backtesting.data.history import History
from backtesting.errors import NothingDecided
from backtesting.run.decider import first_decided
from data import CandleFrame, to_datetime64
from strategies.strategy_handle import ConfiguredStrategy
from strategies.warmup import WarmupRequirement, describe_warmup, warmup_requirement


def is_warm_at_start(strategy: ConfiguredStrategy, history: History) -> bool:
    """Return whether a strategy can decide at the first candle of a history's span."""
    first = first_decided(strategy, history)
    return first is not None and first <= history.scope.span.start


def longest_traded_warmup(strategies: Sequence[ConfiguredStrategy], history: History) -> int:
    """Return the longest warm-up of the strategies that can decide at a history's start."""
    scope = history.scope
    firsts = zip(strategies, _first_decided(strategies, history), strict=True)
    warm = [one for one, first in firsts if first is not None and first <= scope.span.start]
    return max(strategy.warmup(scope.timeframe) for strategy in warm)


def find_trading_start(strategies: Sequence[ConfiguredStrategy], history: History) -> datetime:
    """Return the start of trading, the same for all strategies.

    One strategy starts at the first candle it can decide. Several start where the traded candles
    over all of them are most; those that need longer are not traded. Each has decided once before,
    so that its target in force is known. Raises NothingDecided if none can decide.
    """
    scope = history.scope
    firsts = list(_first_decided(strategies, history))
    available = [first for first in firsts if first is not None]
    if not available:
        raise _nothing_decided(strategies[0], history)
    ahead = (2 if len(strategies) > 1 else 0) * scope.timeframe.duration
    starts = [max(first + ahead, scope.span.start) for first in available]

    def traded(start: datetime) -> float:
        return sum(one <= start for one in starts) * (scope.span.end - start).total_seconds()

    best = max(sorted(set(starts)), key=traded)
    if best >= scope.span.end:
        raise _nothing_decided(strategies[0], history)
    return best


def describe_missing_warmup(strategy: ConfiguredStrategy, history: History, until: datetime) -> str:
    """Describe the candles needed before the first decision, and those that open before `until`."""
    available = _count(history.frames(strategy), until)
    seen = _count(history.second_frames(strategy), until)
    return describe_warmup(strategy, history.scope.timeframe, available, seen)


def _count(frames: Iterable[CandleFrame], until: datetime) -> int:
    return sum(int((frame.open_time < to_datetime64(until)).sum()) for frame in frames)


def _nothing_decided(strategy: ConfiguredStrategy, history: History) -> NothingDecided:
    span = history.scope.span
    return NothingDecided(
        f"{describe_missing_warmup(strategy, history, span.end)}: no candle was decided from "
        f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC. Fetch older candles with "
        "truetape data download, import them, or choose parameters with a shorter warm-up"
    )


def _first_decided(
    strategies: Iterable[ConfiguredStrategy], history: History
) -> Iterator[datetime | None]:
    """Yield the first decided candle of each strategy, found once for equal warm-ups."""
    found: dict[WarmupRequirement, datetime | None] = {}
    for strategy in strategies:
        requirement = warmup_requirement(strategy, history.scope.timeframe)
        if requirement not in found:
            found[requirement] = first_decided(strategy, history)
        yield found[requirement]
