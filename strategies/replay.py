"""Replay of an evaluation: over announced candles it repeats the live decisions, bit for bit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data import CandleFrame, to_datetime64
from strategies.batch import pair_windows
from strategies.group_progress import Skip
from strategies.signals import Direction
from strategies.strategy_handle import ConfiguredStrategy
from strategies.target_evaluation import RowMask, TargetEvaluation, closing_times
from strategies.window import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSession:
    """The evaluated candles: those closed in (started_from, evaluated_to], less the skips."""

    started_from: datetime
    evaluated_to: datetime
    skips: Sequence[Skip] = ()

    def requested_rows(self, close_times: Times) -> RowMask:
        """Return which candles were evaluated."""
        requested = close_times > to_datetime64(self.started_from)
        requested &= close_times <= to_datetime64(self.evaluated_to)
        for skip in self.skips:
            skipped = close_times >= to_datetime64(skip.first_close_time)
            requested &= ~(skipped & (close_times <= to_datetime64(skip.last_close_time)))
        return requested


def replay_evaluations(
    strategy: ConfiguredStrategy,
    frames: Iterable[CandleFrame],
    session: EvaluationSession,
    second_frames: Iterable[CandleFrame] = (),
) -> Iterator[TargetEvaluation]:
    """Evaluate a session again, window by window; the frames begin with its warm-up.

    Over the announced candles the result equals the live one, bit for bit.
    """
    target = Direction.FLAT
    for window, second in pair_windows(strategy, frames, second_frames):
        requested = session.requested_rows(closing_times(window))
        if not requested.any():
            continue
        evaluation = strategy.evaluate_targets(window, second, requested, target)
        target = evaluation.target
        yield evaluation
