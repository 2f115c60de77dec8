"""The port of search: proposes points, is told what became of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from backtesting.search.space import ParameterSpace, Point


class ScoredPoint(NamedTuple):
    """What became of a point. `score`: more is better; None where it is undefined."""

    point: Point
    score: float | None


class Searcher(ABC):
    """Proposes points of a space: allowed ones only, none of them twice.

    The same seed and the same answers give the same points, whoever evaluates them how fast.
    """

    round_size = 4_096
    """How many points to ask for at a time, so that every machine asks alike."""

    def __init__(self, space: ParameterSpace) -> None:
        self.space = space
        self.invalid = 0
        """How many combinations were left out because the strategy does not allow them."""

    @property
    @abstractmethod
    def limit(self) -> int:
        """Return how many points there will be at most."""

    @abstractmethod
    def ask(self, count: int) -> list[Point]:
        """Propose up to `count` points; fewer only at the end."""

    @abstractmethod
    def tell(self, results: Sequence[ScoredPoint]) -> None:
        """Hear what became of the points last asked for, in their order."""
