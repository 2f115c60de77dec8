"""Catalog of all metrics by name, and how to measure a run."""

from collections.abc import Mapping
from types import ModuleType
from typing import TypeVar, get_args

from backtesting.metrics import (
    benchmark,
    drawdown,
    exposure,
    growth,
    holding_times,
    process,
    ratios,
    round_trips,
    significance,
    tails,
)
from backtesting.metrics.definition import Group, Metric, Value
from backtesting.metrics.metric_input import MetricInput

V = TypeVar("V")


def _of(module: ModuleType) -> list[Metric]:
    named = [value for value in vars(module).values() if isinstance(value, Metric)]
    return [metric for metric in named if metric.function.__module__ == module.__name__]


_MODULES = (
    growth,
    ratios,
    drawdown,
    tails,
    significance,
    round_trips,
    holding_times,
    exposure,
    benchmark,
    process,
)

METRICS: dict[str, Metric] = {
    metric.definition.name: metric for module in _MODULES for metric in _of(module)
}

_GROUPS: tuple[str, ...] = get_args(Group)
_POSITIONS = {name: position for position, name in enumerate(METRICS)}


def measure(run: MetricInput) -> dict[str, Value]:
    """Compute every metric of a run, by name."""
    return {name: metric(run) for name, metric in METRICS.items()}


def in_catalog_order(metrics: Mapping[str, V]) -> dict[str, V]:
    """Return metrics in the order of docs/metrics.md: group by group; unknown names last."""
    return {name: metrics[name] for name in sorted(metrics, key=_rank)}


def _rank(name: str) -> tuple[int, int, str]:
    metric = METRICS.get(name)
    group = len(_GROUPS) if metric is None else _GROUPS.index(metric.definition.group)
    return group, _POSITIONS.get(name, len(_POSITIONS)), name
