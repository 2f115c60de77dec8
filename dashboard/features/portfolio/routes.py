"""The routes of the portfolio: all bots together, and files of their round trips and days."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator
from starlette.responses import Response

from dashboard.features.portfolio.schemas import PortfolioResponse, RangeName, portfolio_response
from dashboard.http_api.dependencies import Services
from dashboard.http_api.routes import api_router, csv_file, errors
from dashboard.rest.responses import BAD_REQUEST, UNAVAILABLE, csv_response
from dashboard.rest.schema_types import Line

NO_CURRENCY = "none"

Span = Annotated[RangeName, Query(alias="range", description="A span up to now.")]
SearchText = Annotated[
    Line, Query(alias="search", description="Words that name, state, strategy or market contain.")
]
Currency = Annotated[
    Line,
    Query(
        description="Only bots of this quote currency, `none`: whose symbol names none. "
        "Empty: that of most bots."
    ),
]
# A form sends an empty text for what is not chosen.
Benchmark = Annotated[
    bool,
    BeforeValidator(lambda given: given or False),
    Query(description="With the value of buy and hold."),
]

router = api_router("portfolio")


@router.get("", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def get_portfolio(
    services: Services,
    span: Span = "all",
    search_text: SearchText = "",
    currency: Currency = "",
    benchmark: Benchmark = False,
) -> PortfolioResponse:
    """Return the bots that were ever started, together over a span."""
    run, portfolio = services.thread_pools.run, services.bots.portfolio
    return portfolio_response(
        await run(portfolio, span, search_text, _currency(currency), benchmark)
    )


@router.get(
    "/round-trips.csv",
    response_class=Response,
    responses=csv_file() | errors(BAD_REQUEST, UNAVAILABLE),
)
async def get_round_trips_csv(
    services: Services,
    span: Span = "all",
    search_text: SearchText = "",
    currency: Currency = "",
) -> Response:
    """Return the round trips that were closed in the span, in exact decimals, by exit."""
    run, table = services.thread_pools.run, services.bots.round_trips_csv
    return csv_response("round-trips.csv", await run(table, span, search_text, _currency(currency)))


@router.get(
    "/days.csv", response_class=Response, responses=csv_file() | errors(BAD_REQUEST, UNAVAILABLE)
)
async def get_days_csv(
    services: Services,
    span: Span = "all",
    search_text: SearchText = "",
    currency: Currency = "",
) -> Response:
    """Return the profit of each UTC day of the span, and the equity after it."""
    run, table = services.thread_pools.run, services.bots.days_csv
    return csv_response("days.csv", await run(table, span, search_text, _currency(currency)))


def _currency(given: str) -> str | None:
    """Return the quote currency to select; None: that of most bots."""
    return "" if given == NO_CURRENCY else given or None
