"""The groups that are evaluated now, and the query of their next evaluation."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
import numpy as np

from data import CandleFrame, from_datetime64, to_datetime64
from strategies.engine.live_candles import LiveCandleCache, Series
from strategies.engine.request_resolver import EvaluationPlan
from strategies.group_progress import GroupAdvance, GroupStatus, Skip
from strategies.signals import Direction, Group
from strategies.strategy_files import plain_text
from strategies.target_evaluation import TargetEvaluation
from strategies.window import close_times_of, first_row_of_anchor
from strategies.workers.queries import EvaluateTargets, QueryFailure, QueryResult


@dataclass(slots=True, eq=False)
class LiveGroup:
    """A group, its plan and its watermark. `in_flight`: a worker runs its next evaluation."""

    group: Group
    plan: EvaluationPlan
    evaluated_to: datetime
    target: Direction
    skipping: bool = False
    in_flight: bool = False

    @property
    def series(self) -> Series:
        """Return the series that it is evaluated on."""
        return self.group.instrument, self.group.timeframe

    @property
    def is_user_strategy(self) -> bool:
        """Return whether its strategy is a user's: to be evaluated in a worker."""
        return self.plan.spec.name.path is not None

    def apply(self, advance: GroupAdvance) -> None:
        """Move to the watermark and target of a committed advance."""
        self.evaluated_to = advance.evaluated_to
        if advance.signals:
            self.target = advance.signals[-1].direction


@dataclass(frozen=True, slots=True, eq=False)
class GroupEvaluation:
    """The query on a group's pending candles; `closed`: when the first and the last closed."""

    group: Group
    evaluated_from: datetime
    closed: tuple[datetime, datetime]
    query: EvaluateTargets

    def advance_from(self, result: QueryResult) -> GroupAdvance:
        """Return the group's advance: the signals of an evaluation, or a skip if it failed."""
        advance = GroupAdvance(
            group=self.group,
            evaluated_from=self.evaluated_from,
            evaluated_to=self.closed[1],
        )
        if isinstance(result, TargetEvaluation):
            signals = tuple(change.signal(self.group) for change in result.changes)
            return msgspec.structs.replace(advance, signals=signals)
        problem = result.problem if isinstance(result, QueryFailure) else "gave no answer"
        skip = Skip(
            first_close_time=self.closed[0],
            last_close_time=self.closed[1],
            reason=plain_text(problem),
        )
        return msgspec.structs.replace(advance, skips=(skip,))


def live_group(status: GroupStatus, plan: EvaluationPlan) -> LiveGroup:
    """Return a stored group as a live one, at its watermark."""
    return LiveGroup(
        status.group, plan, status.evaluated_to, status.target, skipping=status.skipping
    )


def next_evaluation(
    live: LiveGroup, candle_cache: LiveCandleCache, newest: datetime
) -> GroupEvaluation | None:
    """Return the evaluation of a group's pending candles, None if there are none.

    `newest` is when the newest stored candle of its series opens.
    """
    plan = live.plan
    candles = candle_cache.pending(live.series, plan.requirements, live.evaluated_to, newest)
    if candles is None:
        return None
    first = first_row_of_anchor(candles, len(candles) - 1, plan.requirements.warmup)
    second = candle_cache.second(candles, first, plan.requirements)
    query = EvaluateTargets(
        spec=plan.spec,
        # Only the rows that are read are sent to a worker.
        candles=candles.take(slice(first, None)) if live.is_user_strategy else candles,
        second=second,
        start_after=live.evaluated_to,
        before=live.target,
    )
    closed = _closed(candles, live.evaluated_to)
    return GroupEvaluation(live.group, live.evaluated_to, closed, query)


def first_watermark(newest: datetime, group: Group, history_candles: int) -> datetime:
    """Return the first watermark of a new group: candles that close after it are evaluated."""
    return newest + (1 - history_candles) * group.timeframe.duration


def _closed(candles: CandleFrame, after: datetime) -> tuple[datetime, datetime]:
    """Return when the first and the last candle after a time closed, flat ones left out."""
    # A candle that opens at `after` or later closes after it.
    pending = candles.take(
        slice(int(np.searchsorted(candles.open_time, to_datetime64(after))), None)
    )
    times = close_times_of(pending)[pending.traded]
    return _time(times[0]), _time(times[-1])


def _time(value: object) -> datetime:
    return from_datetime64(cast(np.datetime64, value))
