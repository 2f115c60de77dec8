"""Indicators on charts: their parameters and colours, their values, and named layouts."""

from strategies.charts.chart_indicator import (
    MAX_CHART_INDICATORS,
    ChartIndicator,
    indicator_of,
    key_of,
    parse_key,
)
from strategies.charts.layout import BUILT_IN_LAYOUTS, ChartLayout
from strategies.charts.values import IndicatorValues, evaluate_indicators

__all__ = [
    "BUILT_IN_LAYOUTS",
    "MAX_CHART_INDICATORS",
    "ChartIndicator",
    "ChartLayout",
    "IndicatorValues",
    "evaluate_indicators",
    "indicator_of",
    "key_of",
    "parse_key",
]
