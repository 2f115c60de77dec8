"""The groups that are evaluated now, and what their next evaluation is about."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
import numpy as np

from data import CandleFrame, from_datetime64, to_datetime64
from strategies.engine.live_candles import CandleShelf, Series
from strategies.engine.questions import Answer, Failed, Judge
from strategies.engine.resolution import Plan
from strategies.judging import Judgement
from strategies.signals import Direction, Group
from strategies.status import GroupAdvance, GroupStatus, Skip, plain_text
from strategies.window import anchor_before, close_times_of


@dataclass(slots=True, eq=False)
class LiveGroup:
    """A group, its plan, and where it is. `asked`: a worker is at its next evaluation."""

    group: Group
    plan: Plan
    evaluated_to: datetime
    target: Direction
    skipping: bool = False
    asked: bool = False

    @property
    def series(self) -> Series:
        """Return the candles it is about."""
        return self.group.instrument, self.group.timeframe

    @property
    def of_user(self) -> bool:
        """Tell whether its strategy is a user's: to be judged where it can be ended."""
        return self.plan.spec.name.path is not None

    def move(self, advance: GroupAdvance) -> None:
        """Go where an advance, now committed, leads."""
        self.evaluated_to = advance.evaluated_to
        if advance.signals:
            self.target = advance.signals[-1].direction


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """A question about the pending candles of a group; `closed` are the times they closed at."""

    group: Group
    evaluated_from: datetime
    closed: tuple[datetime, datetime]
    question: Judge

    def advance(self, answer: Answer) -> GroupAdvance:
        """Return what its answer makes of the group: signals, or a skip where there is none."""
        advance = GroupAdvance(
            group=self.group,
            evaluated_from=self.evaluated_from,
            evaluated_to=self.closed[1],
        )
        if isinstance(answer, Judgement):
            signals = tuple(change.signal(self.group) for change in answer.changes)
            return msgspec.structs.replace(advance, signals=signals)
        problem = answer.problem if isinstance(answer, Failed) else "gave no answer"
        skip = Skip(
            first_close_time=self.closed[0],
            last_close_time=self.closed[1],
            reason=plain_text(problem),
        )
        return msgspec.structs.replace(advance, skips=(skip,))


def live_group(status: GroupStatus, plan: Plan) -> LiveGroup:
    """Return a stored group, ready to go on."""
    return LiveGroup(
        status.group, plan, status.evaluated_to, status.target, skipping=status.skipping
    )


def next_evaluation(live: LiveGroup, shelf: CandleShelf, newest: datetime) -> Evaluation | None:
    """Return what to ask about a group's pending candles, None if there are none.

    `newest` is when the newest stored candle of its series opens.
    """
    plan = live.plan
    candles = shelf.pending(live.series, plan.needs, live.evaluated_to, newest)
    if candles is None:
        return None
    first = _first_row(candles, plan.needs.warmup)
    second = shelf.second(candles, first, plan.needs)
    question = Judge(
        spec=plan.spec,
        # What travels to a worker is cut to what is looked at.
        candles=candles.take(slice(first, None)) if live.of_user else candles,
        second=second,
        asked_from=live.evaluated_to,
        before=live.target,
    )
    closed = _closed(candles, live.evaluated_to)
    return Evaluation(live.group, live.evaluated_to, closed, question)


def _first_row(candles: CandleFrame, warmup: int) -> int:
    """Return the first row that decisions about the last row's anchor look at."""
    anchor = anchor_before(_time(candles.open_time[-1]), candles.timeframe)
    return max(int(np.searchsorted(candles.open_time, to_datetime64(anchor))) - warmup, 0)


def first_watermark(newest: datetime, group: Group, history_candles: int) -> datetime:
    """Return behind which close time a new group is evaluated."""
    return newest + (1 - history_candles) * group.timeframe.duration


def _closed(candles: CandleFrame, after: datetime) -> tuple[datetime, datetime]:
    """Return when the first and the last candle behind a time closed, flat ones left out."""
    # What opens at `after` or later closes behind it.
    pending = candles.take(
        slice(int(np.searchsorted(candles.open_time, to_datetime64(after))), None)
    )
    times = close_times_of(pending)[pending.traded]
    return _time(times[0]), _time(times[-1])


def _time(value: object) -> datetime:
    return from_datetime64(cast(np.datetime64, value))
