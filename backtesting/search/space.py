"""Parameter spaces: every combination of parameters that may be tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from math import prod
from typing import Any

from backtesting.search.dimensions import Dimension, Scalar
from strategies.strategy_handle import ConfiguredStrategy, StrategyType
from utils.errors import ConfigError

Point = tuple[Scalar, ...]
"""A value for each dimension, in their order."""


@dataclass(frozen=True, slots=True)
class ParameterSpace:
    """Dimensions, and the values of all other parameters.

    The strategy's own model decides which combinations are allowed (fast below slow).
    """

    strategy_type: StrategyType
    dimensions: tuple[Dimension, ...]
    base: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.dimensions:
            raise ConfigError("parameters", problem="at least one must vary")
        if len(set(self.names)) < len(self.names):
            problem = f"each may be given once, was {', '.join(self.names)}"
            raise ConfigError("parameters", problem=problem)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the dimensions, in order."""
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def size(self) -> int | None:
        """Return the number of points, allowed or not; None if infinite."""
        sizes = [dimension.size for dimension in self.dimensions]
        return None if None in sizes else prod(size for size in sizes if size is not None)

    def parameters(self, point: Point) -> dict[str, Any]:
        """Return a point's parameters, with those that do not vary."""
        pairs = zip(self.names, point, strict=True)
        return reduce(lambda values, pair: _with(values, *pair), pairs, dict(self.base))

    def strategy(self, point: Point) -> ConfiguredStrategy:
        """Configure the strategy at a point. Raises ConfigError if the point is not allowed."""
        return self.strategy_type.configure(self.parameters(point))

    def allows(self, point: Point) -> bool:
        """Return whether a point is allowed."""
        try:
            self.strategy(point)
        except ConfigError:
            return False
        return True

    def rank(self, point: Point) -> tuple[float, ...]:
        """Return the sort key of a point: the order of every table."""
        pairs = zip(self.dimensions, point, strict=True)
        return tuple(dimension.rank(value) for dimension, value in pairs)


def _with(values: Mapping[str, Any], path: str, value: Scalar) -> dict[str, Any]:
    """Return a copy of values with the one at a dotted path replaced."""
    name, inside, rest = path.partition(".")
    return {**values, name: _with(values.get(name, {}), rest, value) if inside else value}
