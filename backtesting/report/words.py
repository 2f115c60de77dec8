"""Numbers as people read them."""

from backtesting.metrics import MetricCard
from backtesting.metrics.card import Value

UNDEFINED = "–"


def written(card: MetricCard, value: Value) -> str:
    """Return a metric's value in its unit."""
    if value is None:
        return UNDEFINED
    match card.unit:
        case "fraction":
            return f"{value:.2%}"
        case "money":
            return f"{value:,.2f}"
        case "days":
            return f"{value:,.2f} d"
        case "count":
            return f"{value:,.0f}"
        case _:
            return f"{value:,.3f}"
