"""Kinds of searchers by their names in commands and forms."""

from collections.abc import Callable
from enum import StrEnum

from backtesting.search.grid import GridSearch
from backtesting.search.random_search import RandomSearch
from backtesting.search.searcher import Searcher
from backtesting.search.space import ParameterSpace


class SearchKind(StrEnum):
    """How a searcher chooses points."""

    GRID = "grid"
    RANDOM = "random"
    TPE = "tpe"


def searcher_of(kind: SearchKind, trials: int, seed: int) -> Callable[[ParameterSpace], Searcher]:
    """Return a factory of searchers; `trials` and `seed` are for random and tpe."""
    match kind:
        case SearchKind.GRID:
            return GridSearch
        case SearchKind.RANDOM:
            return lambda space: RandomSearch(space, trials, seed=seed)
        case SearchKind.TPE:
            # Takes seconds to import, and only this search needs it.
            from backtesting.search.tpe import TpeSearch

            return lambda space: TpeSearch(space, trials, seed=seed)
