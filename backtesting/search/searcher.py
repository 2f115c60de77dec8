"""The port of search: proposes points and receives their results."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

from backtesting.search.space import ParameterSpace, Point


class ScoredPoint(NamedTuple):
    """The result of a point. `score`: more is better; None where it is undefined."""

    point: Point
    score: float | None


class Searcher(ABC):
    """Proposes points of a space: allowed ones only, each once.

    The same seed and results give the same points, independent of how fast they are evaluated.
    """

    round_size = 4_096
    """Number of points to request at a time, the same on every machine."""

    def __init__(self, space: ParameterSpace) -> None:
        self.space = space
        self.invalid = 0
        """Number of combinations left out because the strategy does not allow them."""

    @property
    @abstractmethod
    def limit(self) -> int:
        """Return the maximum number of points."""

    @abstractmethod
    def ask(self, count: int) -> list[Point]:
        """Propose up to `count` points; fewer only at the end."""

    @abstractmethod
    def tell(self, results: Sequence[ScoredPoint]) -> None:
        """Process the results of the points last proposed, in their order."""
