"""Metrics, each with one normative definition: null where undefined, never a substitute."""

from backtesting.metrics.catalog import METRICS, in_catalog_order, measure
from backtesting.metrics.definition import Metric, MetricDefinition, Value
from backtesting.metrics.golden import GoldenCheck, selftest
from backtesting.metrics.metric_input import (
    EquityCurve,
    Holdings,
    MaxDrawdown,
    MetricInput,
    ProcessCounts,
    RoundTripColumns,
    TrialStats,
    daily_curve,
    max_drawdown_of,
)
from backtesting.metrics.overfitting import OVERFITTING, overfitting_probability
from backtesting.metrics.peers import PEERS, PeerFormula

__all__ = [
    "METRICS",
    "OVERFITTING",
    "PEERS",
    "EquityCurve",
    "GoldenCheck",
    "Holdings",
    "MaxDrawdown",
    "Metric",
    "MetricDefinition",
    "MetricInput",
    "PeerFormula",
    "ProcessCounts",
    "RoundTripColumns",
    "TrialStats",
    "Value",
    "daily_curve",
    "in_catalog_order",
    "max_drawdown_of",
    "measure",
    "overfitting_probability",
    "selftest",
]
