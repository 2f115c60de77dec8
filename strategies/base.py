"""The base class of strategies: a frozen model; the class is the rule, fields are parameters."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict, Field

from data import Gaps, Timeframe
from strategies.exits import Exits
from strategies.frame import StrategyFrame
from strategies.indicators import Indicator
from strategies.signals import Directions
from utils.bounds import BoundedModel

Indicators = Mapping[str, Indicator]


@dataclass(frozen=True, slots=True)
class SecondTimeframe:
    """Candles of a coarser timeframe, visible only after they have closed."""

    timeframe: Timeframe
    indicators: Indicators = field(default_factory=dict)

    @property
    def warmup(self) -> int:
        """Return how many candles must precede the first one whose values count."""
        return warmup_of(self.indicators, self.timeframe)


class Strategy(BoundedModel, ABC):
    """A pure, causal rule: candles and indicator values in, one Direction for each row out.

    The same rows give the same directions, at any time, in any process. To keep its target a rule
    returns HOLD: it is evaluated on windows of the history, never on all of it.
    """

    # A default of the wrong type is refused when the file is loaded, not at its first decision.
    model_config = ConfigDict(validate_default=True)

    title: ClassVar[str] = ""
    gaps: ClassVar[Gaps] = "flat"
    """Whether minutes without a trade are rows ("flat", at the last price) or left out ("skip")."""
    lookback: ClassVar[int] = 0
    """How many earlier rows the rule itself reads, beyond those that its indicators read."""

    resources: ClassVar[tuple[str, ...]] = ()
    """Files that the rule reads, such as a model: literal paths relative to its own file, below its
    folder. Their bytes are part of the version; other files cannot be read."""

    exits: Exits = Field(default=Exits(), description="Exits that the account executes by itself")

    def indicators(self) -> Indicators:
        """Return the indicators of the rule, by name."""
        return {}

    def second(self) -> SecondTimeframe | None:
        """Return the second timeframe, if the rule has one."""
        return None

    @abstractmethod
    def directions(self, frame: StrategyFrame) -> Directions:
        """Return an int8 array: for each row the direction once that row's candle has closed."""

    def reason(self, frame: StrategyFrame, row: int) -> str:
        """Return the reason of a row's direction as text: the values that it was decided on."""
        names = [name for name in frame.columns if name.partition(".")[0] in self.indicators()]
        return ", ".join(f"{name} {frame[name][row]:.8g}" for name in ["close", *names])

    def warmup(self, timeframe: Timeframe) -> int:
        """Return how many rows must precede the first row that counts."""
        return warmup_of(self.indicators(), timeframe) + self.lookback

    def signal_parameters(self) -> str:
        """Return the parameters that decide signals, as canonical JSON: without the exits."""
        return self.model_dump_json(exclude={"exits"})


def warmup_of(indicators: Indicators, timeframe: Timeframe) -> int:
    """Return the longest warm-up among indicators."""
    return max((indicator.warmup(timeframe) for indicator in indicators.values()), default=0)
