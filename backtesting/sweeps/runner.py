"""Run a sweep: ask the searcher, look into the store, let the rest be evaluated, store it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backtesting.search import ParameterSpace, Point, Searcher, Told
from backtesting.sweeps.errors import SweepCancelled
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.sweeps.trial import Evaluated, Study, Trial, canonical_json
from backtesting.sweeps.workforce import Workforce
from backtesting.watching import UNWATCHED, Watch
from data import Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOutcome:
    """The table, and how it came about. `invalid` combinations were left out unevaluated."""

    table: SweepTable
    evaluated: int
    from_store: int
    failed: int
    invalid: int

    @property
    def told(self) -> str:
        """Say it in a line."""
        return (
            f"{len(self.table.rows):,} trials: {self.evaluated:,} evaluated, "
            f"{self.from_store:,} from store, {self.failed:,} failed; "
            f"{self.invalid:,} combinations not allowed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is tried, for what, and where it is kept. Every finished trial is stored at once."""

    study: Study
    objective: Objective
    metrics: frozenset[str]
    trials: TrialRepository
    timeframe: Timeframe

    def run(
        self, searcher: Searcher, workforce: Workforce, watch: Watch = UNWATCHED
    ) -> SweepOutcome:
        """Try what the searcher proposes. Raises SweepCancelled, WorkersLost.

        What the store has already is not tried again: so a sweep that was stopped goes on.
        """
        self.trials.begin(self.study)
        known = {
            trial.parameters: trial
            for trial in self.trials.of(self.study)
            if trial.has(self.metrics)
        }
        rows: list[SweepRow] = []
        from_store = 0
        while points := searcher.ask(searcher.round_size):
            tries = [_Try.at(searcher.space, point, self.timeframe) for point in points]
            fresh = [tried for tried in tries if tried.key not in known]
            from_store += len(tries) - len(fresh)
            done = len(rows) + len(tries) - len(fresh)
            for trials in self._evaluated(fresh, searcher.space, workforce):
                known.update((trial.parameters, trial) for trial in trials)
                done += len(trials)
                _tell(watch, done / max(searcher.limit, 1))
            new = [SweepRow(tried.point, known[tried.key]) for tried in tries]
            searcher.tell([Told(row.point, self.objective.score(row.trial)) for row in new])
            rows += new
        _tell(watch, 1.0)
        return SweepOutcome(
            table=SweepTable.of(searcher.space, rows),
            evaluated=len(rows) - from_store,
            from_store=from_store,
            failed=sum(bool(row.trial.problem) for row in rows),
            invalid=searcher.invalid,
        )

    def _evaluated(
        self, fresh: Sequence["_Try"], space: ParameterSpace, workforce: Workforce
    ) -> Iterator[Sequence[Trial]]:
        """Yield finished trials once they are stored.

        Strategies of one warm-up follow each other: workers keep what those have in common.
        """
        ordered = sorted(fresh, key=lambda tried: tried.warmup)
        sets = [space.parameters(tried.point) for tried in ordered]
        for finished in workforce.evaluate(sets):
            trials = [_trial(ordered[number].key, evaluated) for number, evaluated in finished]
            self.trials.add(self.study, trials)
            yield trials


class _Try(NamedTuple):
    point: Point
    key: str
    warmup: int

    @classmethod
    def at(cls, space: ParameterSpace, point: Point, timeframe: Timeframe) -> "_Try":
        """Name a point by all parameters of its strategy, written out."""
        strategy = space.strategy(point)
        key = canonical_json(dict(strategy.parameters))
        return cls(point, key, strategy.warmup(timeframe))


def _trial(key: str, evaluated: Evaluated) -> Trial:
    return Trial(parameters=key, metrics=dict(evaluated.metrics), problem=evaluated.problem)


def _tell(watch: Watch, part: float) -> None:
    if watch.is_cancelled():
        raise SweepCancelled(
            "the sweep was cancelled; what was finished is kept: run it again to go on"
        )
    watch.progress(min(part, 1.0))
