"""Metrics, each with one normative definition: null where undefined, never a substitute."""

from backtesting.metrics.card import Metric, MetricCard, Value
from backtesting.metrics.catalog import METRICS, in_catalog_order, measure
from backtesting.metrics.golden import GoldenCheck, selftest
from backtesting.metrics.overfitting import OVERFITTING_CARD, overfitting_probability
from backtesting.metrics.peers import PEERS, PeerFormula
from backtesting.metrics.run import (
    EquityCurve,
    Holdings,
    MaxDrawdown,
    ProcessCounts,
    RoundTripColumns,
    Run,
    TrialStats,
    daily_curve,
    deepest_of,
)

__all__ = [
    "METRICS",
    "OVERFITTING_CARD",
    "PEERS",
    "EquityCurve",
    "GoldenCheck",
    "Holdings",
    "MaxDrawdown",
    "Metric",
    "MetricCard",
    "PeerFormula",
    "ProcessCounts",
    "RoundTripColumns",
    "Run",
    "TrialStats",
    "Value",
    "daily_curve",
    "deepest_of",
    "in_catalog_order",
    "measure",
    "overfitting_probability",
    "selftest",
]
