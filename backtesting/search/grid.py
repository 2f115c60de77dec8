"""Grid search: every point of a space."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

from backtesting.search.searcher import ScoredPoint, Searcher
from backtesting.search.space import ParameterSpace, Point
from utils.errors import ConfigError

GRID_LIMIT = 10_000_000


class GridSearch(Searcher):
    """All combinations, in the space's order. Raises ConfigError if there are infinitely many."""

    def __init__(self, space: ParameterSpace) -> None:
        super().__init__(space)
        values = [dimension.values() for dimension in space.dimensions]
        self._limit = space.size or 0
        if self._limit > GRID_LIMIT:
            problem = (
                f"{self._limit:,} combinations are too many: use larger steps, or another search"
            )
            raise ConfigError("parameters", problem=f"{problem} (random, tpe)")
        self._left = self._allowed(product(*values))

    @property
    def limit(self) -> int:
        return self._limit - self.invalid

    def ask(self, count: int) -> list[Point]:
        return list(islice(self._left, count))

    def tell(self, results: Sequence[ScoredPoint]) -> None:
        """Ignore results: every point is tried regardless of other results."""

    def _allowed(self, points: Iterator[Point]) -> Iterator[Point]:
        for point in points:
            if self.space.allows(point):
                yield point
            else:
                self.invalid += 1
