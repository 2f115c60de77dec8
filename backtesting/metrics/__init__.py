"""Metrics by one normative definition each: null where undefined, never a number in its stead."""

from backtesting.metrics.card import Metric, MetricCard, Value
from backtesting.metrics.catalog import METRICS, in_catalog_order, measure
from backtesting.metrics.golden import Check, selftest
from backtesting.metrics.overfitting import OVERFITTING_CARD, overfitting_probability
from backtesting.metrics.peers import PEERS, PeerFormula
from backtesting.metrics.run import (
    Deepest,
    EquityCurve,
    Holdings,
    ProcessCounts,
    Run,
    Trials,
    Trips,
    daily_curve,
    deepest_of,
)

__all__ = [
    "METRICS",
    "OVERFITTING_CARD",
    "PEERS",
    "Check",
    "Deepest",
    "EquityCurve",
    "Holdings",
    "Metric",
    "MetricCard",
    "PeerFormula",
    "ProcessCounts",
    "Run",
    "Trials",
    "Trips",
    "Value",
    "daily_curve",
    "deepest_of",
    "in_catalog_order",
    "measure",
    "overfitting_probability",
    "selftest",
]
