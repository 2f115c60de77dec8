"""Named layouts of chart indicators: the built-in ones, and those that users save."""

import msgspec

from strategies.charts.chart_indicator import MAX_CHART_INDICATORS, ChartIndicator, indicator_of
from strategies.indicators.base import Colour
from utils.errors import ConfigError

NAME_LENGTH = 40


class ChartLayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The indicators of a chart, from the top down, under a name."""

    name: str
    indicators: tuple[ChartIndicator, ...] = ()

    def __post_init__(self) -> None:
        named = self.name.strip() == self.name and self.name.isprintable()
        if not (named and 0 < len(self.name) <= NAME_LENGTH):
            problem = f"must have 1 to {NAME_LENGTH} characters, was {self.name[:60]!r}"
            raise ConfigError("chart layout", field="name", problem=problem)
        if len(self.indicators) > MAX_CHART_INDICATORS:
            problem = f"at most {MAX_CHART_INDICATORS} are allowed, were {len(self.indicators)}"
            raise ConfigError(f"chart layout {self.name}", field="indicators", problem=problem)

    def check(self) -> None:
        """Raise ConfigError unless the catalog has every indicator, with these parameters."""
        for chosen in self.indicators:
            indicator_of(chosen)


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
"""They cannot be changed; users can save others."""
