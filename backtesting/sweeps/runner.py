"""Runner of sweeps: propose points, reuse stored trials, evaluate and store the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backtesting.errors import SweepCancelled
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.search import ParameterSpace, Point, ScoredPoint, Searcher
from backtesting.sweeps.objective import Objective
from backtesting.sweeps.ports import TrialRepository
from backtesting.sweeps.table import SweepRow, SweepTable
from backtesting.sweeps.trial import SweepKey, SweepTrial, TrialResult, canonical_json
from backtesting.sweeps.worker_pool import WorkerPool
from data import Timeframe


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepOutcome:
    """The table of a sweep and its counts. `invalid` combinations were not evaluated."""

    table: SweepTable
    evaluated: int
    from_store: int
    failed: int
    invalid: int

    @property
    def summary(self) -> str:
        """Return a one-line summary."""
        return (
            f"{len(self.table.rows):,} trials: {self.evaluated:,} evaluated, "
            f"{self.from_store:,} from store, {self.failed:,} failed; "
            f"{self.invalid:,} combinations not allowed"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRunner:
    """Runs one sweep. Every finished trial is stored at once."""

    sweep_key: SweepKey
    objective: Objective
    metrics: frozenset[str]
    trials: TrialRepository
    timeframe: Timeframe

    def run(
        self, searcher: Searcher, worker_pool: WorkerPool, monitor: RunMonitor = UNMONITORED
    ) -> SweepOutcome:
        """Evaluate the points that the searcher proposes. Raises SweepCancelled, WorkersLost.

        Stored trials are not evaluated again: so a cancelled sweep can be resumed.
        """
        self.trials.begin(self.sweep_key)
        trials_by_key = {
            trial.parameters: trial
            for trial in self.trials.of(self.sweep_key)
            if trial.has(self.metrics)
        }
        rows: list[SweepRow] = []
        from_store = 0
        while points := searcher.ask(searcher.round_size):
            candidates = [_Try.at(searcher.space, point, self.timeframe) for point in points]
            fresh = [candidate for candidate in candidates if candidate.key not in trials_by_key]
            from_store += len(candidates) - len(fresh)
            done = len(rows) + len(candidates) - len(fresh)
            for trials in self._evaluated(fresh, searcher.space, worker_pool):
                trials_by_key.update((trial.parameters, trial) for trial in trials)
                done += len(trials)
                _report_progress(monitor, done / max(searcher.limit, 1))
            new = [
                SweepRow(candidate.point, trials_by_key[candidate.key]) for candidate in candidates
            ]
            searcher.tell([ScoredPoint(row.point, self.objective.score(row.trial)) for row in new])
            rows += new
        _report_progress(monitor, 1.0)
        return SweepOutcome(
            table=SweepTable.of(searcher.space, rows),
            evaluated=len(rows) - from_store,
            from_store=from_store,
            failed=sum(bool(row.trial.problem) for row in rows),
            invalid=searcher.invalid,
        )

    def _evaluated(
        self, fresh: Sequence["_Try"], space: ParameterSpace, worker_pool: WorkerPool
    ) -> Iterator[Sequence[SweepTrial]]:
        """Yield finished trials once they are stored.

        Strategies with the same warm-up are consecutive: workers cache what they share.
        """
        ordered = sorted(fresh, key=lambda candidate: candidate.warmup)
        sets = [space.parameters(candidate.point) for candidate in ordered]
        for finished in worker_pool.evaluate(sets):
            trials = [_trial(ordered[number].key, evaluated) for number, evaluated in finished]
            self.trials.add(self.sweep_key, trials)
            yield trials


class _Try(NamedTuple):
    point: Point
    key: str
    warmup: int

    @classmethod
    def at(cls, space: ParameterSpace, point: Point, timeframe: Timeframe) -> "_Try":
        """Return a point with its key: all parameters of its strategy as JSON."""
        strategy = space.strategy(point)
        key = canonical_json(dict(strategy.parameters))
        return cls(point, key, strategy.warmup(timeframe))


def _trial(key: str, evaluated: TrialResult) -> SweepTrial:
    return SweepTrial(parameters=key, metrics=dict(evaluated.metrics), problem=evaluated.problem)


def _report_progress(monitor: RunMonitor, part: float) -> None:
    if monitor.is_cancelled():
        raise SweepCancelled(
            "the sweep was cancelled; finished trials are stored: run it again to continue"
        )
    monitor.progress(min(part, 1.0))
