"""Every metric, by name: the cards, and how to measure a run."""

from types import ModuleType

from backtesting.metrics import (
    benchmark,
    drawdown,
    exposure,
    growth,
    holding,
    process,
    ratios,
    significance,
    tails,
    trades,
)
from backtesting.metrics.card import Metric, Value
from backtesting.metrics.run import Run


def _of(module: ModuleType) -> list[Metric]:
    named = [value for value in vars(module).values() if isinstance(value, Metric)]
    return [metric for metric in named if metric.take.__module__ == module.__name__]


_MODULES = (
    growth,
    ratios,
    drawdown,
    tails,
    significance,
    trades,
    holding,
    exposure,
    benchmark,
    process,
)

METRICS: dict[str, Metric] = {
    metric.card.name: metric for module in _MODULES for metric in _of(module)
}


def measure(run: Run) -> dict[str, Value]:
    """Return every metric of a run by name."""
    return {name: metric(run) for name, metric in METRICS.items()}
