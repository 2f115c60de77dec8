"""A named layout of chart indicators."""

import msgspec

from strategies.charts.chart_indicator import MAX_CHART_INDICATORS, ChartIndicator, indicator_of
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
