"""Search by Optuna's TPE: points where the model of the good ones so far is densest."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from backtesting.search.dimensions import Dimension, FloatRange, IntRange, Scalar
from backtesting.search.searcher import ScoredPoint, Searcher
from backtesting.search.space import ParameterSpace, Point

_MAX_STALE_PROPOSALS = 200


class TpeSearch(Searcher):
    """Up to `limit` different points; each round is proposed from the results of all before it.

    The study exists in this process only: a repeated search receives the stored results, and so
    proposes the same points.
    """

    round_size = 64

    def __init__(self, space: ParameterSpace, limit: int, *, seed: int) -> None:
        super().__init__(space)
        self._limit = limit
        self._distributions = {part.name: _distribution(part) for part in space.dimensions}
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # it announces every study
        sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._pending: dict[Point, int] = {}
        self._scores: dict[Point, float | None] = {}
        self._refused: set[Point] = set()

    @property
    def limit(self) -> int:
        return self._limit

    def ask(self, count: int) -> list[Point]:
        before = len(self._scores) + len(self._pending)
        points: list[Point] = []
        target_count, stale = min(count, self._limit - before), 0
        while (
            len(points) < target_count and stale < _MAX_STALE_PROPOSALS and not self._is_exhausted()
        ):
            point = self._propose_one()
            stale = stale + 1 if point is None else 0
            if point is not None:
                points.append(point)
        return points

    def tell(self, results: Sequence[ScoredPoint]) -> None:
        for point, score in results:
            self._answer(self._pending.pop(point), score)
            self._scores[point] = score

    def _is_exhausted(self) -> bool:
        return len(self._pending) + len(self._scores) + len(self._refused) == self.space.size

    def _propose_one(self) -> Point | None:
        """Return a new allowed point; None if the trial was reported to the study at once."""
        trial = self._study.ask(self._distributions)
        point = tuple(self._values(trial.params))
        if point in self._pending or point in self._scores:
            self._answer(trial.number, self._scores.get(point))
            return None
        if not self.space.allows(point):
            self._answer(trial.number, None)
            self.invalid += point not in self._refused
            self._refused.add(point)
            return None
        self._pending[point] = trial.number
        return point

    def _values(self, params: Mapping[str, Any]) -> Point:
        return tuple(_value(part, params[part.name]) for part in self.space.dimensions)

    def _answer(self, number: int, score: float | None) -> None:
        if score is None:
            self._study.tell(number, state=TrialState.FAIL)
        else:
            self._study.tell(number, score)


def _value(part: Dimension, found: Any) -> Scalar:
    """Convert Optuna's value; for stepped floats and choices it is an index."""
    if isinstance(part, IntRange):
        return int(found)
    return float(found) if part.size is None else part.values()[int(found)]


def _distribution(part: Dimension) -> BaseDistribution:
    match part:
        case IntRange():
            return IntDistribution(part.low, part.values()[-1], step=part.step)
        case FloatRange() if part.size is None:
            return FloatDistribution(part.low, part.high)
        case FloatRange():
            return IntDistribution(0, len(part.values()) - 1)
        case _:
            return CategoricalDistribution(range(len(part.values())))
