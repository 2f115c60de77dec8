"""The form of a backtest: its sections, and the configuration or problems of its texts. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from backtesting.config import BacktestConfig, read_config
from dashboard.forms.config_form import Field, Sections, fields_of, sections_of
from dashboard.forms.validation import (
    CheckedForm,
    Problem,
    chosen_strategy,
    missing_fields,
    parameter_fields_by_name,
    parameter_problems,
    read_form,
    strategy_config_values,
)
from strategies import Exits
from strategies.strategy_files import StrategyFile

# Chosen outside the sections; the parameters of a strategy have a form of their own.
EXCLUDED = ("strategy", "parameters")
REQUIRED_FIELDS = ("instrument", "start", "end")
STEP_FIELDS = ("steps.price_step", "steps.size_step", "steps.min_size")
SECTIONS: Sections = (
    ("Market", ("instrument", "timeframe", "start", "end")),
    ("Money", ("capital", "sizing.rule", "sizing.amount", "leverage", "min_notional")),
    ("Costs", ("costs.maker_fee", "costs.taker_fee", "costs.slippage_bps")),
    ("Exits", ("exits.stop_loss_bps", "exits.take_profit_bps", "exits.trailing_stop_bps")),
    (
        "Protections",
        ("protections.max_drawdown", "protections.daily_loss", "protections.cool_down_s"),
    ),
    ("Execution", ("resolution", "drill_down", "latency_ms", "enter_on_start", "gaps")),
    (
        "Data",
        ("max_missing", "risk_free", "steps.price_step", "steps.size_step", "steps.min_size"),
    ),
)


def config_fields() -> dict[str, Field]:
    """Return every field of a configuration by its dotted name."""
    return fields_of(BacktestConfig.model_json_schema(), exclude=EXCLUDED)


def sections() -> list[dict[str, Any]]:
    """Return the form: titles, each with its fields."""
    return sections_of(SECTIONS, config_fields())


def check_form(
    given: Mapping[str, str],
    files: Iterable[StrategyFile],
    without_steps: Collection[str] = (),
) -> CheckedForm[BacktestConfig]:
    """Validate the whole form. `without_steps`: instruments whose steps it must give."""
    chosen = chosen_strategy(given, files)
    fields: dict[str, Field] = {}
    exits = Exits()
    problems = [*missing_fields(given, REQUIRED_FIELDS), *_missing_steps(given, without_steps)]
    if isinstance(chosen, Problem):
        problems.insert(0, chosen)
    else:
        fields, exits = parameter_fields_by_name(chosen), chosen.default_exits()
        problems += parameter_problems(given, fields)

    def read(values: dict[str, Any]) -> BacktestConfig:
        config = read_config(values)
        config.account_with(config.exits or exits)
        return config

    return read_form(read, strategy_config_values(given, config_fields(), fields), problems)


def _missing_steps(given: Mapping[str, str], without_steps: Collection[str]) -> Iterator[Problem]:
    """Yield a problem at each empty field of the steps of an instrument that has none stored."""
    instrument = given.get("instrument", "").strip()
    if instrument not in without_steps:
        return
    for field in STEP_FIELDS:
        if not given.get(field, "").strip():
            yield Problem(field, f"is required: the steps of {instrument} are not stored")
