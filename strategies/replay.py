"""A session evaluated again: over announced candles, what was decided live, to the last bit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data import CandleFrame, to_datetime64
from strategies.batch import paired_windows
from strategies.configured import ConfiguredStrategy
from strategies.judging import Judgement, Rows, closing_times
from strategies.signals import Direction
from strategies.status import Skip
from strategies.window import Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was evaluated: candles closed in (started_from, evaluated_to], less the skips."""

    started_from: datetime
    evaluated_to: datetime
    skips: Sequence[Skip] = ()

    def asks_about(self, close_times: Times) -> Rows:
        """Tell which candles were judged."""
        asked = close_times > to_datetime64(self.started_from)
        asked &= close_times <= to_datetime64(self.evaluated_to)
        for skip in self.skips:
            skipped = close_times >= to_datetime64(skip.first_close_time)
            asked &= ~(skipped & (close_times <= to_datetime64(skip.last_close_time)))
        return asked


def replay(
    strategy: ConfiguredStrategy,
    frames: Iterable[CandleFrame],
    session: Session,
    second_frames: Iterable[CandleFrame] = (),
) -> Iterator[Judgement]:
    """Judge a session again, window by window; the frames begin with its warm-up.

    Over the candles that were announced it says what was said live, to the last bit.
    """
    target = Direction.FLAT
    for window, second in paired_windows(strategy, frames, second_frames):
        asked = session.asks_about(closing_times(window))
        if not asked.any():
            continue
        judgement = strategy.judge(window, second, asked, target)
        target = judgement.target
        yield judgement
