"""An indicator on a chart, with its parameters and colours."""

import json
import re
from typing import Any

import msgspec

from strategies.indicators import Indicator, create_indicator
from utils.errors import ConfigError

MAX_CHART_INDICATORS = 12
_COLOUR = re.compile(r"#[0-9a-f]{6}")


class ChartIndicator(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`parameters` and `colours` (by output, `#rrggbb`) name only what differs from the catalog.

    `hidden`: listed, but not drawn.
    """

    indicator: str
    parameters: dict[str, Any] = {}
    colours: dict[str, str] = {}
    hidden: bool = False

    def __post_init__(self) -> None:
        for output, colour in self.colours.items():
            if not _COLOUR.fullmatch(colour):
                problem = f"must look like #2962ff, was {colour[:20]!r}"
                raise ConfigError(f"indicator {self.indicator}", field=output, problem=problem)


def indicator_of(chosen: ChartIndicator) -> Indicator:
    """Return the indicator with the parameters of a chart indicator. Raises ConfigError."""
    return create_indicator(chosen.indicator, chosen.parameters)


def key_of(indicator: Indicator) -> str:
    """Return the key of an indicator's values: equal for equal parameters."""
    return f"{indicator.name}{indicator.model_dump_json()}"


def parse_key(text: str) -> Indicator:
    """Return the indicator that a key names. Raises ConfigError."""
    name, brace, rest = text.partition("{")
    try:
        parameters = json.loads(brace + rest)
    except ValueError:
        problem = f"{text[:80]!r} does not have the form " + 'ema{"length":20}'
        raise ConfigError("indicator", problem=problem) from None
    return create_indicator(name, parameters)
