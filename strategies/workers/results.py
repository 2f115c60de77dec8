"""Results of worker queries about a strategy with parameters, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass

from data import Gaps, Timeframe
from strategies.exits import Exits
from strategies.second_timeframe import SecondRequirements
from strategies.signals import Directions


@dataclass(frozen=True, slots=True)
class StrategyDescriptor:
    """A strategy with all its parameters, as JSON; `signal_parameters` are those without exits.

    `warmups`: rows for each timeframe, or the error that the strategy raised.
    """

    parameters: str
    signal_parameters: str
    exits: Exits
    gaps: Gaps
    second: SecondRequirements | None
    warmups: Mapping[Timeframe, int | str]


@dataclass(frozen=True, slots=True, eq=False)
class WindowDirections:
    """The direction of each candle of a window from its anchor on."""

    directions: Directions


@dataclass(frozen=True, slots=True)
class DecisionsDigest:
    """The digest of all decisions on synthetic candles."""

    digest: str


@dataclass(frozen=True, slots=True)
class OutputLines:
    """What a user's code printed before its result; `left_out` counts the lines beyond these."""

    lines: tuple[str, ...]
    left_out: int = 0
