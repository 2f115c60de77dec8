"""Parameter search: the space, and searchers that propose points of it.

`backtesting.search.tpe` is imported separately: it loads Optuna, which only that searcher needs.
"""

from backtesting.search.dimensions import Choice, Dimension, FloatRange, IntRange, Scalar
from backtesting.search.fields import ParameterField, fields_of_schema, parameter_fields
from backtesting.search.grid import GridSearch
from backtesting.search.kinds import SearchKind, searcher_of
from backtesting.search.random_search import RandomSearch
from backtesting.search.searcher import ScoredPoint, Searcher
from backtesting.search.space import ParameterSpace, Point
from backtesting.search.space_parser import parse_dimension, parse_space

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
    "ScoredPoint",
    "SearchKind",
    "Searcher",
    "fields_of_schema",
    "parameter_fields",
    "parse_dimension",
    "parse_space",
    "searcher_of",
]
