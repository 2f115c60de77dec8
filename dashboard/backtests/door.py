"""What a form says becomes a configuration, or is refused at the field. Pure.

What only a strategy's own code can tell is told when it is run.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from backtesting.config import BacktestConfig, read_config
from dashboard.backtests.form import Field, config_fields, config_values, strategy_fields
from strategies import Exits
from strategies.status import StrategyFacts, StrategyFile
from utils.errors import ConfigError

NEEDED = ("instrument", "start", "end")

# Where an account's own names for things are asked in the form.
_ASKED_AT = {
    "sizing": "sizing.rule",
    "sizing.fraction": "sizing.amount",
    "maker_fee": "costs.maker_fee",
    "taker_fee": "costs.taker_fee",
    "slippage_bps": "costs.slippage_bps",
    "stop_loss": "exits.stop_loss_bps",
    "take_profit": "exits.take_profit_bps",
    "trailing_stop": "exits.trailing_stop_bps",
    "max_drawdown": "protections.max_drawdown",
    "daily_loss": "protections.daily_loss",
    "cool_down": "protections.cool_down_s",
    "latency": "latency_ms",
}


class Problem(msgspec.Struct, frozen=True):
    """What is wrong, and at which field of the form; no field: with all of it."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A configuration, or what keeps the form from being one."""

    config: BacktestConfig | None
    problems: list[Problem]


def check_form(given: Mapping[str, str], files: Iterable[StrategyFile]) -> Checked:
    """Check all that a form says."""
    facts = {each.name: each for file in files for each in file.strategies}
    chosen = facts.get(given.get("strategy", ""))
    if chosen is None:
        return Checked(None, [Problem("strategy", f"choose one of: {', '.join(facts) or 'none'}")])
    asked = {field["name"]: field for field in strategy_fields(schema_of(chosen))}
    problems = [*_left_out(given), *_unknown(given, asked), *_out_of_bounds(given, asked)]
    if any(problem.field in NEEDED for problem in problems):
        return Checked(None, problems)
    values = config_values(given, {**config_fields(), **asked})
    values["parameters"] = _other_than_usual(values.get("parameters", {}), asked)
    try:
        config = read_config(values)
        config.account_with(config.exits or _own_exits(chosen))
    except ConfigError as error:
        return Checked(None, [*problems, Problem(_ASKED_AT.get(error.field, error.field),
                                                 error.problem)])  # fmt: skip
    return Checked(None if problems else config, problems)


def schema_of(facts: StrategyFacts) -> dict[str, Any]:
    """Return the JSON schema of a strategy's parameters."""
    schema: dict[str, Any] = json.loads(facts.parameters)
    return schema


def _own_exits(facts: StrategyFacts) -> Exits:
    usual = schema_of(facts).get("properties", {}).get("exits", {}).get("default") or {}
    return Exits.model_validate(usual)


def _left_out(given: Mapping[str, str]) -> list[Problem]:
    return [Problem(name, "is needed") for name in NEEDED if not given.get(name, "").strip()]


def _unknown(given: Mapping[str, str], asked: Mapping[str, Field]) -> list[Problem]:
    return [
        Problem(name, "is no parameter of this strategy")
        for name in given
        if name.startswith("parameters.") and name not in asked
    ]


def _out_of_bounds(given: Mapping[str, str], asked: Mapping[str, Field]) -> list[Problem]:
    found = ((name, refusal(given.get(name, "").strip(), field)) for name, field in asked.items())
    return [Problem(name, text) for name, text in found if text]


def refusal(text: str, field: Field) -> str:
    """Say what is wrong with a parameter's text, if anything is; nothing said is right."""
    kind = field["type"]
    if not text or kind not in ("integer", "number"):
        is_choice = kind == "choice" and text and text not in map(str, field["choices"])
        return f"must be one of {', '.join(map(str, field['choices']))}" if is_choice else ""
    try:
        value = int(text) if kind == "integer" else float(text)
    except ValueError:
        return f"must be {'a whole number' if kind == 'integer' else 'a number'}, was {text!r}"
    return "" if _is_within(value, field) else f"must be {_bounds(field)}, was {text}"


def _is_within(value: float, field: Field) -> bool:
    low, high = field["minimum"], field["maximum"]
    above = low is None or (value > low if field["above"] else value >= low)
    return above and (high is None or (value < high if field["below"] else value <= high))


def _bounds(field: Field) -> str:
    low, high = field["minimum"], field["maximum"]
    words = []
    if low is not None:
        words.append(f"{'above' if field['above'] else 'at least'} {low:,}")
    if high is not None:
        words.append(f"{'below' if field['below'] else 'at most'} {high:,}")
    return " and ".join(words)


def _other_than_usual(parameters: Mapping[str, Any], asked: Mapping[str, Field]) -> dict[str, Any]:
    """Return what differs from the defaults, as numbers where they are."""
    typed = {
        name: _number(value, asked.get(f"parameters.{name}", {}))
        for name, value in parameters.items()
    }
    return {
        name: value
        for name, value in typed.items()
        if value != asked.get(f"parameters.{name}", {}).get("default")
    }


def _number(value: Any, field: Field) -> Any:
    if field.get("type") != "number":
        return value
    try:
        return float(value)
    except ValueError:
        return value
