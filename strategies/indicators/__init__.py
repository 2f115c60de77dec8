"""Indicators: pure functions of a frame's columns, listed in a catalog.

Reading the catalog (forms, documentation, validation) does not load the compiler: an
indicator imports its kernel when it is first computed.
"""

from strategies.indicators.averages import Ema, Sma, Wma
from strategies.indicators.base import Column, Indicator, Output, Pane, Source
from strategies.indicators.catalog import CATALOG, INDICATORS, create_indicator
from strategies.indicators.momentum import Macd, Rsi, Stochastic
from strategies.indicators.trend import Adx, Ichimoku, Supertrend
from strategies.indicators.volatility import Atr, Bollinger, Donchian, Keltner, Volatility
from strategies.indicators.volume import Obv, RollingVwap, VolumeSma, Vwap

__all__ = [
    "CATALOG",
    "INDICATORS",
    "Adx",
    "Atr",
    "Bollinger",
    "Column",
    "Donchian",
    "Ema",
    "Ichimoku",
    "Indicator",
    "Keltner",
    "Macd",
    "Obv",
    "Output",
    "Pane",
    "RollingVwap",
    "Rsi",
    "Sma",
    "Source",
    "Stochastic",
    "Supertrend",
    "Volatility",
    "VolumeSma",
    "Vwap",
    "Wma",
    "create_indicator",
]
