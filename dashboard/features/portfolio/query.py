"""What the address of the Portfolio page selects."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard import ids
from dashboard.components.address import AddressField
from dashboard.rest.request_values import one_of, text

RANGES = {
    "1d": "1 d", "7d": "7 d", "30d": "30 d", "90d": "90 d", "ytd": "YTD", "1y": "1 y", "all": "All",
}  # fmt: skip
USUAL_RANGE = "30d"
SCATTERS = {"excursions": "Excursions", "holding": "Holding time"}
PROFITS_BY = {"strategy": "Strategy", "instrument": "Instrument", "hour": "Hour of exit, UTC"}
NO_CURRENCY = "none"
"""In the address: only the symbols without a currency."""

FIELDS = (
    AddressField(name="range", default=USUAL_RANGE, control=ids.PORTFOLIO_RANGE),
    AddressField(name="search", control=ids.PORTFOLIO_SEARCH),
    AddressField(name="currency"),
    AddressField(name="benchmark", control=ids.PORTFOLIO_BENCHMARK, prop="checked"),
    AddressField(
        name="scatter",
        default="excursions",
        control=ids.PORTFOLIO_SCATTER_CHOICE,
        is_read=False,
    ),
    AddressField(
        name="by", default="strategy", control=ids.PORTFOLIO_PROFIT_BY_CHOICE, is_read=False
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioQuery:
    """The bots and the span to show; `currency` None: that of most matching bots."""

    span: str
    search_text: str
    currency: str | None
    benchmark: bool

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "PortfolioQuery":
        """Read the values of an address. Raises InvalidValue."""
        currency = text(query, "currency") or None
        return cls(
            span=one_of(query, "range", tuple(RANGES), USUAL_RANGE),
            search_text=text(query, "search"),
            currency="" if currency == NO_CURRENCY else currency,
            benchmark=query.get("benchmark") == "1",
        )
