"""A strategy with all its parameters, whether its code runs here or in a worker process.

Services, commands and pages hold these, never the class of a user's strategy.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import CandleFrame, Gaps, Timeframe
from strategies.base import Strategy
from strategies.batch import pair_windows
from strategies.evaluation import evaluate, require_coarser
from strategies.exits import Exits
from strategies.parameters import build_model
from strategies.second_timeframe import SecondRequirements, values_in_window
from strategies.signals import Direction, Directions
from strategies.target_evaluation import RowMask, TargetEvaluation, evaluate_targets
from strategies.window import Window


class ConfiguredStrategy(ABC):
    """A strategy with its parameters. Errors of a user's code are raised as StrategyError."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Return the name of its class."""

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, Any]:
        """Return all its parameters, exits included, as JSON values."""

    @property
    @abstractmethod
    def signal_parameters(self) -> str:
        """Return the parameters that decide signals, as canonical JSON."""

    @property
    @abstractmethod
    def exits(self) -> Exits:
        """Return the exits that the account executes by itself."""

    @property
    @abstractmethod
    def gaps(self) -> Gaps:
        """Return whether minutes without a trade are rows."""

    @abstractmethod
    def warmup(self, timeframe: Timeframe) -> int:
        """Return how many rows must precede the first row that counts."""

    @abstractmethod
    def second(self) -> SecondRequirements | None:
        """Return the second timeframe, if the strategy reads one."""

    @abstractmethod
    def evaluate(self, window: Window, second: CandleFrame | None) -> Directions:
        """Return each candle's direction from the anchor on, HOLD where it does not count."""

    @abstractmethod
    def evaluate_targets(
        self, window: Window, second: CandleFrame | None, requested: RowMask, before: Direction
    ) -> TargetEvaluation:
        """Return the changes of target among the `requested` candles from the anchor on."""

    def windows(
        self, frames: Iterable[CandleFrame], second_frames: Iterable[CandleFrame] = ()
    ) -> Iterator[tuple[Window, Directions]]:
        """Yield the directions of every window of consecutive frames, oldest first."""
        for window, second in pair_windows(self, frames, second_frames):
            yield window, self.evaluate(window, second)

    def require_timeframe(self, timeframe: Timeframe) -> None:
        """Raise ConfigError unless the second timeframe, if any, is made of whole candles of it."""
        second = self.second()
        if second is not None:
            require_coarser(self.name, second.timeframe, timeframe)


@dataclass(frozen=True, slots=True)
class LocalStrategy(ConfiguredStrategy):
    """A strategy whose code runs in this process: a built-in one, or a user's in a worker."""

    strategy: Strategy

    @property
    def name(self) -> str:
        return type(self.strategy).__name__

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.strategy.model_dump(mode="json")

    @property
    def signal_parameters(self) -> str:
        return self.strategy.signal_parameters()

    @property
    def exits(self) -> Exits:
        return self.strategy.exits

    @property
    def gaps(self) -> Gaps:
        return type(self.strategy).gaps

    def warmup(self, timeframe: Timeframe) -> int:
        return self.strategy.warmup(timeframe)

    def second(self) -> SecondRequirements | None:
        return SecondRequirements.of(self.strategy.second())

    def evaluate(self, window: Window, second: CandleFrame | None) -> Directions:
        values = values_in_window(self.strategy.second(), window, second)
        return evaluate(self.strategy, window, values)

    def evaluate_targets(
        self, window: Window, second: CandleFrame | None, requested: RowMask, before: Direction
    ) -> TargetEvaluation:
        values = values_in_window(self.strategy.second(), window, second)
        return evaluate_targets(self.strategy, window, values, requested, before)


@dataclass(frozen=True, slots=True)
class StrategyName:
    """A strategy of a certain version; `path` is None for built-in ones."""

    strategy: str
    version: str
    path: Path | None = None


class StrategyType(ABC):
    """A strategy class that can be configured with parameters."""

    @property
    @abstractmethod
    def id(self) -> StrategyName:
        """Return its name, the digest of its files, and the path of a user's file."""

    @property
    def name(self) -> str:
        """Return the name of its class."""
        return self.id.strategy

    @property
    def version(self) -> str:
        """Return the digest of its files."""
        return self.id.version

    @property
    @abstractmethod
    def schema(self) -> Mapping[str, Any]:
        """Return the JSON schema of its parameters."""

    @abstractmethod
    def configure(self, parameters: Mapping[str, Any]) -> ConfiguredStrategy:
        """Return the strategy with these parameters. Raises ConfigError, naming the parameter."""

    @abstractmethod
    def require_unchanged(self) -> None:
        """Raise ConfigError if one of its files has changed since they were loaded."""


@dataclass(frozen=True, slots=True)
class LocalType(StrategyType):
    """A strategy class of this process. The files of built-in ones change with the code only."""

    kind: type[Strategy]
    digest: str = ""

    @property
    def id(self) -> StrategyName:
        return StrategyName(self.kind.__name__, self.digest)

    @property
    def schema(self) -> Mapping[str, Any]:
        return self.kind.model_json_schema()

    def configure(self, parameters: Mapping[str, Any]) -> LocalStrategy:
        return LocalStrategy(build_model(self.kind, parameters, source=f"strategy {self.name}"))

    def require_unchanged(self) -> None:
        pass
