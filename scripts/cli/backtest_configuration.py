"""The configuration of a backtest from its options and a file."""

import json
from typing import Any

from pydantic import Field

from backtesting.config import BacktestConfig, read_config
from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from scripts.cli.options.backtests import BacktestOptions
from scripts.cli.options.instruments import bounds_given
from scripts.cli.options.parsers import json_object
from scripts.composition.stores import Store
from strategies.hosts.registry import StrategyRegistry
from strategies.parameters import build_model
from strategies.strategy_handle import StrategyType
from utils.bounds import BoundedModel, ClassName
from utils.errors import ConfigError
from utils.readers import read_text


class _StrategyChoice(BoundedModel):
    """The values that choose a strategy and its parameters."""

    strategy: ClassName
    parameters: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, values: dict[str, Any]) -> "_StrategyChoice":
        """Return the choice of a configuration's values. Raises ConfigError."""
        given = {name: values[name] for name in cls.model_fields if name in values}
        return build_model(cls, given, source="backtest")


def values_given(options: BacktestOptions) -> dict[str, Any]:
    """Return the values of a file, replaced by those of options. Raises ConfigError."""
    file, given = options.config, _values_of_options(options)
    values = json_object(str(file), read_text(file)) if file is not None else {}
    values |= {name: value for name, value in given.items() if value is not None}
    for setting in options.settings or []:
        name, equals, text = setting.partition("=")
        if not equals or not all(name.split(".")):
            raise ConfigError("--set", problem=f"must look like capital=500, was {setting!r}")
        _put(values, name.split("."), _parse_value(text))
    for required in ("instrument", "strategy"):
        if required not in values:
            raise ConfigError("backtest", field=required, problem="is required")
    return values


def find_strategy(values: dict[str, Any], registry: StrategyRegistry) -> StrategyType:
    """Return the strategy of the values given. Raises ConfigError with the fault of its file.

    Call it before a store is opened: no stored data can repair a strategy.
    """
    return registry.find(_StrategyChoice.of(values).strategy)


def require_parameters(values: dict[str, Any], strategy: StrategyType) -> None:
    """Raise ConfigError if a strategy refuses the parameters of the values given."""
    strategy.configure(_StrategyChoice.of(values).parameters)


def _values_of_options(options: BacktestOptions) -> dict[str, object | None]:
    text, bounds = options.parameters, bounds_given(options.start, options.end)
    return {
        "instrument": options.instrument,
        "strategy": options.strategy,
        "timeframe": options.timeframe,
        "parameters": None if text is None else json_object("--parameters", text),
        "resolution": options.resolution,
        "capital": options.capital,
        "enter_on_start": options.enter_on_start,
        "start": bounds.start,
        "end": bounds.end,
    }


def config_of(values: dict[str, Any], store: Store) -> BacktestConfig:
    """Return the configuration; without a span, over all stored candles. Raises ConfigError."""
    if not {"start", "end"} <= values.keys():
        values = _stored_bounds(values, store) | values
    return read_config(values)


def _stored_bounds(values: dict[str, Any], store: Store) -> dict[str, Any]:
    try:
        instrument = InstrumentId.parse(str(values["instrument"]))
        timeframe = Timeframe(values.get("timeframe", Timeframe.H1))
    except (InvalidValue, ValueError) as error:
        raise ConfigError("backtest", problem=str(error)) from error
    span = store.candles.stored_span(instrument, timeframe)
    if span is None:
        problem = f"no {timeframe} candle of {instrument} is stored"
        raise ConfigError("backtest", field="instrument", problem=problem)
    return {"start": span.start, "end": span.end}


def _put(values: dict[str, Any], path: list[str], value: object) -> None:
    *folders, name = path
    for folder in folders:
        inner = values.get(folder)
        values[folder] = dict(inner) if isinstance(inner, dict) else {}
        values = values[folder]
    values[name] = value


def _parse_value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
