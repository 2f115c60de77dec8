"""The form of a backtest, made from the schema of its configuration. Pure."""

from typing import Any

from backtesting.config import BacktestConfig
from dashboard.forms.config_form import Field, Sections, fields_of, sections_of

# Chosen outside the sections; the parameters of a strategy have a form of their own.
EXCLUDED = ("strategy", "parameters")
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
