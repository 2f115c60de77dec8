"""Every indicator by its name: documentation, forms and checks are made from this list."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from strategies.indicators.averages import Ema, Sma, Wma
from strategies.indicators.base import Indicator
from strategies.indicators.momentum import Macd, Rsi, Stochastic
from strategies.indicators.trend import Adx, Ichimoku, Supertrend
from strategies.indicators.volatility import Atr, Bollinger, Donchian, Keltner, Volatility
from strategies.indicators.volume import Obv, RollingVwap, VolumeSma, Vwap
from strategies.parameters import build_model
from utils.errors import ConfigError

INDICATORS: tuple[type[Indicator], ...] = (
    Sma, Ema, Wma, Bollinger, Keltner, Donchian, Supertrend, Ichimoku, Vwap, RollingVwap,
    Rsi, Macd, Stochastic, Adx, Atr, Volatility, Obv, VolumeSma,
)  # fmt: skip

CATALOG: Mapping[str, type[Indicator]] = MappingProxyType(
    {indicator.name: indicator for indicator in INDICATORS}
)


def create_indicator(name: str, parameters: Mapping[str, Any]) -> Indicator:
    """Return an indicator with these parameters. Raises ConfigError."""
    if name not in CATALOG:
        problem = f"{name!r} is not an indicator; there are: {', '.join(CATALOG)}"
        raise ConfigError("indicator", field="name", problem=problem)
    return build_model(CATALOG[name], parameters, source=f"indicator {name}")
