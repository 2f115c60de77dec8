"""Random search."""

from collections.abc import Sequence

import numpy as np

from backtesting.search.searcher import ScoredPoint, Searcher
from backtesting.search.space import ParameterSpace, Point

_MAX_STALE_DRAWS = 10_000


class RandomSearch(Searcher):
    """Up to `limit` different points, drawn uniformly with a seed."""

    def __init__(self, space: ParameterSpace, limit: int, *, seed: int) -> None:
        super().__init__(space)
        self._limit = limit
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._seen: set[Point] = set()

    @property
    def limit(self) -> int:
        return self._limit

    def ask(self, count: int) -> list[Point]:
        left = self._limit - (len(self._seen) - self.invalid)
        points: list[Point] = []
        while len(points) < min(count, left):
            point = self._new_point()
            if point is None:
                break
            if self.space.allows(point):
                points.append(point)
            else:
                self.invalid += 1
        return points

    def tell(self, results: Sequence[ScoredPoint]) -> None:
        """Ignore results: draws do not depend on them."""

    def _new_point(self) -> Point | None:
        """Draw a new point; None if there seems to be no other."""
        if len(self._seen) == self.space.size:
            return None
        for _ in range(_MAX_STALE_DRAWS):
            point = tuple(part.draw(self._random) for part in self.space.dimensions)
            if point not in self._seen:
                self._seen.add(point)
                return point
        return None
