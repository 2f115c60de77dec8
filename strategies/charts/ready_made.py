"""Layouts that come with the platform. Nobody can change them; one can save others."""

from strategies.charts.layout import ChartLayout
from strategies.charts.study import Study
from strategies.indicators.base import Colour

READY_MADE: tuple[ChartLayout, ...] = (
    ChartLayout(
        name="Trend",
        studies=(
            Study(indicator="ema", parameters={"length": 20}),
            Study(indicator="ema", parameters={"length": 50}, colours={"ema": Colour.BLUE.value}),
            Study(indicator="supertrend"),
            Study(indicator="adx"),
        ),
    ),
    ChartLayout(
        name="Momentum",
        studies=(
            Study(indicator="ema", parameters={"length": 50}),
            Study(indicator="rsi"),
            Study(indicator="macd"),
        ),
    ),
    ChartLayout(
        name="Volatility",
        studies=(
            Study(indicator="bollinger"),
            Study(indicator="atr"),
            Study(indicator="volatility"),
        ),
    ),
    ChartLayout(
        name="Volume",
        studies=(
            Study(indicator="vwap"),
            Study(indicator="volume_sma"),
            Study(indicator="obv"),
        ),
    ),
    ChartLayout(name="Ichimoku", studies=(Study(indicator="ichimoku"),)),
)
