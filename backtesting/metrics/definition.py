"""Definitions of metrics: name, formula, unit, source."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backtesting.metrics.metric_input import MetricInput

Unit = Literal["money", "fraction", "ratio", "days", "count", "score"]
Group = Literal[
    "return", "risk-adjusted", "drawdown", "tails", "significance", "trades", "holding", "exposure",
    "costs", "benchmark", "process",
]  # fmt: skip
Value = float | None
"""None where it is undefined: never a substitute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """Name, formula, unit and source of a metric, and the data it needs to be meaningful.

    `better` is the sign of the desired direction, 0: neither. `notes` explain it further.
    """

    name: str
    title: str
    group: Group
    unit: Unit
    formula: str
    requires: str
    source: str
    better: int
    notes: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A definition, and the function of a run that implements it."""

    definition: MetricDefinition
    function: Callable[[MetricInput], Value]

    def __call__(self, run: MetricInput) -> Value:
        """Measure a run."""
        return self.function(run)


def metric(
    title: str,
    group: Group,
    unit: Unit,
    formula: str,
    *,
    requires: str,
    source: str = "definition",
    better: int = 0,
) -> Callable[[Callable[[MetricInput], Value]], Metric]:
    """Make a metric from a function; its name and docstring are part of the definition."""

    def make(function: Callable[[MetricInput], Value]) -> Metric:
        definition = MetricDefinition(
            name=function.__name__,
            title=title,
            group=group,
            unit=unit,
            formula=formula,
            requires=requires,
            source=source,
            better=better,
            notes=function.__doc__ or "",
        )
        return Metric(definition, function)

    return make
