"""Dimensions of a parameter space: integers, numbers, or one of several values."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from utils.errors import ConfigError

Scalar = int | float | str | bool | None


class Dimension(ABC):
    """The ordered values of one parameter."""

    name: str

    @property
    @abstractmethod
    def size(self) -> int | None:
        """Return the number of values; None if infinite."""

    @abstractmethod
    def values(self) -> Sequence[Scalar]:
        """Return every value, in order. Raises ConfigError if there are infinitely many."""

    @abstractmethod
    def ends(self) -> Sequence[Scalar]:
        """Return the lowest and the highest value; without an order, every value."""

    @abstractmethod
    def draw(self, random: np.random.Generator) -> Scalar:
        """Draw a value uniformly."""

    @abstractmethod
    def rank(self, value: Scalar) -> float:
        """Return the sort key of a value."""


@dataclass(frozen=True, slots=True)
class IntRange(Dimension):
    """Integers from `low` to `high`, both included, `step` apart."""

    name: str
    low: int
    high: int
    step: int = 1

    def __post_init__(self) -> None:
        _require_range(self.name, self.low, self.high, self.step)

    @property
    def size(self) -> int:
        return (self.high - self.low) // self.step + 1

    def values(self) -> Sequence[int]:
        return range(self.low, self.high + 1, self.step)

    def ends(self) -> Sequence[int]:
        return sorted({self.low, self.values()[-1]})

    def draw(self, random: np.random.Generator) -> int:
        return self.low + int(random.integers(self.size)) * self.step

    def rank(self, value: Scalar) -> float:
        return _number(value)


@dataclass(frozen=True, slots=True)
class FloatRange(Dimension):
    """Numbers from `low` to `high`; without a step any number in between."""

    name: str
    low: float
    high: float
    step: float | None = None

    def __post_init__(self) -> None:
        _require_range(self.name, self.low, self.high, 1.0 if self.step is None else self.step)

    @property
    def size(self) -> int | None:
        if self.step is None:
            return None
        return int((_exact(self.high) - _exact(self.low)) // _exact(self.step)) + 1

    def values(self) -> Sequence[float]:
        if self.size is None:
            problem = (
                f"has no step: there are infinitely many values from {self.low:g} to {self.high:g}"
            )
            raise ConfigError("parameters", field=self.name, problem=problem)
        return [self._at(number) for number in range(self.size)]

    def ends(self) -> Sequence[float]:
        return sorted({self.low, self.high if self.size is None else self._at(self.size - 1)})

    def draw(self, random: np.random.Generator) -> float:
        if self.size is None:
            return float(random.uniform(self.low, self.high))
        return self._at(int(random.integers(self.size)))

    def rank(self, value: Scalar) -> float:
        return _number(value)

    def _at(self, number: int) -> float:
        """Return a step's value as an exact decimal: 0.3, not 0.30000000000000004."""
        return float(_exact(self.low) + number * _exact(self.step or 0.0))


@dataclass(frozen=True, slots=True)
class Choice(Dimension):
    """One of several values, in the given order."""

    name: str
    options: tuple[Scalar, ...]

    def __post_init__(self) -> None:
        if not self.options or len(set(self.options)) < len(self.options):
            problem = "requires values, each of them once"
            raise ConfigError("parameters", field=self.name, problem=problem)

    @property
    def size(self) -> int:
        return len(self.options)

    def values(self) -> Sequence[Scalar]:
        return self.options

    def ends(self) -> Sequence[Scalar]:
        return self.options

    def draw(self, random: np.random.Generator) -> Scalar:
        return self.options[int(random.integers(len(self.options)))]

    def rank(self, value: Scalar) -> float:
        return float(self.options.index(value))


def _require_range(name: str, low: float, high: float, step: float) -> None:
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        problem = f"must have an end not below its start, was {low:g}..{high:g}"
        raise ConfigError("parameters", field=name, problem=problem)
    if not (np.isfinite(step) and step > 0):
        raise ConfigError(
            "parameters", field=name, problem=f"requires a step above 0, was {step:g}"
        )


def _exact(value: float) -> Decimal:
    return Decimal(str(value))


def _number(value: Scalar) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
