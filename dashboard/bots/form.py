"""The form of a bot, made from the schema of its configuration. Pure."""

from typing import Any

from bot_manager.domain.config import BotConfig
from dashboard.forms.config_form import Field, Sections, fields_of, sections_of

# The strategy has a form of its own for its parameters.
EXCLUDED = ("strategy", "parameters")
SECTIONS: Sections = (
    ("Bot", ("name",)),
    ("Market", ("instrument", "timeframe")),
    ("Money", ("capital", "sizing.rule", "sizing.amount", "leverage", "min_notional")),
    ("Costs", ("costs.maker_fee", "costs.taker_fee", "costs.slippage_bps")),
    ("Exits", ("exits.stop_loss_bps", "exits.take_profit_bps", "exits.trailing_stop_bps")),
    (
        "Protections",
        ("protections.max_drawdown", "protections.daily_loss", "protections.cool_down_s"),
    ),
    ("Execution", ("latency_ms", "enter_on_start", "allow_unverified")),
)


def config_fields() -> dict[str, Field]:
    """Return every field of a configuration by its dotted name."""
    return fields_of(BotConfig.model_json_schema(), exclude=EXCLUDED)


def sections() -> list[dict[str, Any]]:
    """Return the form: titles, each with its fields."""
    return sections_of(SECTIONS, config_fields())
