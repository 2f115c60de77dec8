"""Formats of numbers for users."""

from backtesting.metrics import MetricDefinition
from backtesting.metrics.definition import Value
from utils.number_format import format_money

UNDEFINED = "–"


def format_metric(definition: MetricDefinition, value: Value, currency: str) -> str:
    """Format a metric's value in its unit; money is in the quote currency, "" if unknown."""
    if value is None:
        return UNDEFINED
    match definition.unit:
        case "fraction":
            return f"{value:.2%}"
        case "money":
            return format_money(value, currency)
        case "days":
            return f"{value:,.2f} d"
        case "count":
            return f"{value:,.0f}"
        case _:
            return f"{value:,.3f}"
