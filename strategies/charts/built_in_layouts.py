"""Built-in chart layouts. They cannot be changed; users can save others."""

from strategies.charts.chart_indicator import ChartIndicator
from strategies.charts.layout import ChartLayout
from strategies.indicators.base import Colour

BUILT_IN_LAYOUTS: tuple[ChartLayout, ...] = (
    ChartLayout(
        name="Trend",
        indicators=(
            ChartIndicator(indicator="ema", parameters={"length": 20}),
            ChartIndicator(
                indicator="ema", parameters={"length": 50}, colours={"ema": Colour.BLUE.value}
            ),
            ChartIndicator(indicator="supertrend"),
            ChartIndicator(indicator="adx"),
        ),
    ),
    ChartLayout(
        name="Momentum",
        indicators=(
            ChartIndicator(indicator="ema", parameters={"length": 50}),
            ChartIndicator(indicator="rsi"),
            ChartIndicator(indicator="macd"),
        ),
    ),
    ChartLayout(
        name="Volatility",
        indicators=(
            ChartIndicator(indicator="bollinger"),
            ChartIndicator(indicator="atr"),
            ChartIndicator(indicator="volatility"),
        ),
    ),
    ChartLayout(
        name="Volume",
        indicators=(
            ChartIndicator(indicator="vwap"),
            ChartIndicator(indicator="volume_sma"),
            ChartIndicator(indicator="obv"),
        ),
    ),
    ChartLayout(name="Ichimoku", indicators=(ChartIndicator(indicator="ichimoku"),)),
)
