"""Which parameters to try: the space, and searchers that propose from it.

`backtesting.search.tpe` is a face of its own: it loads Optuna, which only one searcher needs.
"""

from backtesting.search.dimensions import Choice, Dimension, FloatRange, IntRange, Scalar
from backtesting.search.fields import ParameterField, parameter_fields
from backtesting.search.grid import GridSearch
from backtesting.search.random_search import RandomSearch
from backtesting.search.searcher import Searcher, Told
from backtesting.search.space import ParameterSpace, Point
from backtesting.search.wording import space_of

__all__ = [
    "Choice",
    "Dimension",
    "FloatRange",
    "GridSearch",
    "IntRange",
    "ParameterField",
    "ParameterSpace",
    "Point",
    "RandomSearch",
    "Scalar",
    "Searcher",
    "Told",
    "parameter_fields",
    "space_of",
]
