"""Formula cards of metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backtesting.metrics.run import Run

Unit = Literal["money", "fraction", "ratio", "days", "count", "score"]
Group = Literal[
    "return", "risk-adjusted", "drawdown", "tails", "significance", "trades", "holding", "exposure",
    "costs", "benchmark", "process",
]  # fmt: skip
Value = float | None
"""None where it is undefined: never a substitute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard:
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
    """A formula card, and the function of a run that implements it."""

    card: MetricCard
    take: Callable[[Run], Value]

    def __call__(self, run: Run) -> Value:
        """Measure a run."""
        return self.take(run)


def metric(
    title: str,
    group: Group,
    unit: Unit,
    formula: str,
    *,
    requires: str,
    source: str = "definition",
    better: int = 0,
) -> Callable[[Callable[[Run], Value]], Metric]:
    """Make a metric from a function; its name and docstring go on the card."""

    def make(take: Callable[[Run], Value]) -> Metric:
        card = MetricCard(
            name=take.__name__,
            title=title,
            group=group,
            unit=unit,
            formula=formula,
            requires=requires,
            source=source,
            better=better,
            notes=take.__doc__ or "",
        )
        return Metric(card, take)

    return make
