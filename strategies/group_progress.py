"""How far groups are evaluated: skipped candles, one advance, and the status of a group."""

from datetime import datetime
from itertools import pairwise

import msgspec

from data import require_utc
from strategies.errors import StrategyError
from strategies.signals import Direction, Group, Signal


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """Candles that closed from `first_close_time` to `last_close_time`, inclusive, not evaluated.

    The target stays as it was before them. `reason` is how the strategy failed.
    """

    first_close_time: datetime
    last_close_time: datetime
    reason: str

    def __post_init__(self) -> None:
        require_utc(self.first_close_time, "first_close_time")
        require_utc(self.last_close_time, "last_close_time")
        if self.last_close_time < self.first_close_time:
            raise StrategyError(f"a skip must not end before it starts: {self}")


class GroupAdvance(msgspec.Struct, frozen=True, kw_only=True):
    """A group was evaluated from one watermark to the next: every candle closed after
    `evaluated_from`, up to and including `evaluated_to`.
    """

    group: Group
    evaluated_from: datetime
    evaluated_to: datetime
    signals: tuple[Signal, ...] = ()
    skips: tuple[Skip, ...] = ()

    def __post_init__(self) -> None:
        require_utc(self.evaluated_from, "evaluated_from")
        require_utc(self.evaluated_to, "evaluated_to")
        times = [signal.close_time for signal in self.signals]
        bounds = [self.evaluated_from, *times, self.evaluated_to]
        rising = all(one < next_ for one, next_ in pairwise(bounds[:-1]))
        if not rising or bounds[-2] > bounds[-1]:
            raise StrategyError(
                f"{self.group.strategy}: signals must rise from {self.evaluated_from.isoformat()} "
                f"to {self.evaluated_to.isoformat()}"
            )
        if any(signal.group != self.group for signal in self.signals):
            raise StrategyError(f"{self.group.strategy}: contains a signal of another group")


class GroupStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a group. Candles that closed after `started_from` are evaluated, FLAT before.

    `target` is the current target. `requesters` are its requesters, by name.
    """

    group: Group
    started_from: datetime
    evaluated_to: datetime
    target: Direction = Direction.FLAT
    last_signal: Signal | None = None
    last_skip: Skip | None = None
    requesters: tuple[str, ...] = ()

    @property
    def skipping(self) -> bool:
        """Return whether the newest candle was skipped: the strategy is failing now."""
        return self.last_skip is not None and self.last_skip.last_close_time >= self.evaluated_to
