"""A strategy with its parameters, as a JSON file configures it."""

import json
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from data import InstrumentId, Timeframe
from strategies.requests import SignalRequest
from strategies.strategy_files import StrategyFile
from utils.bounds import BoundedModel, ClassName, InstrumentName, Line

CONFIGURED = "config:"
"""The prefix of `requester` in the requests of configuration files."""


@dataclass(frozen=True, slots=True)
class ConfigurationFolder:
    """The requests of a folder's configuration files, and the invalid files with their problems."""

    requests: tuple[SignalRequest, ...] = ()
    invalid_files: tuple[StrategyFile, ...] = ()


def _instrument(name: str) -> str:
    InstrumentId.parse(name)
    return name


class StrategyConfig(BoundedModel):
    """The class of a strategy, its parameters, and the title under which users see them.

    The engine evaluates it for each of `instruments` (as in okx:BTC-USDT) and `timeframes`.
    """

    strategy: ClassName = Field(description="Class name")
    title: Line = Field(min_length=1, max_length=80, description="Display name")
    parameters: dict[str, Any] = Field(
        default_factory=dict, description="Those that differ from the defaults"
    )
    instruments: tuple[Annotated[InstrumentName, AfterValidator(_instrument)], ...] = Field(
        default=(), max_length=2_000, description="Whose signals to compute"
    )
    timeframes: tuple[Timeframe, ...] = Field(
        default=(Timeframe.M1,), description="Timeframe of its candles"
    )
    allow_unverified: bool = Field(
        default=False, description="Run it even if its verification failed"
    )

    def requests(self, name: str) -> list[SignalRequest]:
        """Return the requests of a configuration file of this name."""
        return [
            SignalRequest(
                requester=f"{CONFIGURED}{name}:{instrument}:{timeframe}",
                instrument=InstrumentId.parse(instrument),
                timeframe=timeframe,
                strategy=self.strategy,
                parameters=json.dumps(self.parameters, sort_keys=True),
                title=self.title,
                allow_unverified=self.allow_unverified,
            )
            for instrument in self.instruments
            for timeframe in self.timeframes
        ]
