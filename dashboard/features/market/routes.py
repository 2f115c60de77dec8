"""The candles of a chart as JSON: older ones, and the newest, which live frames continue."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from dashboard.features.market.schemas import MarketSnapshot, OlderCandles
from dashboard.features.market.snapshot import read_older, read_snapshot
from dashboard.http_api.dependencies import Hub, Services
from dashboard.http_api.routes import api_router, encoded, errors
from dashboard.rest.responses import BAD_REQUEST, NOT_FOUND, UNAVAILABLE, json_response
from dashboard.rest.schema_types import InstrumentIdText, Line
from data import Timeframe

router = api_router("candles")


@router.get(
    "/newest",
    response_class=Response,
    responses=encoded(MarketSnapshot) | errors(BAD_REQUEST, NOT_FOUND),
)
async def get_newest_candles(
    symbol: InstrumentIdText, timeframe: Timeframe, services: Services, hub: Hub
) -> Response:
    """Return the newest candles and trades of an instrument, which live frames continue."""
    return json_response(await read_snapshot(services, hub, _view(symbol, timeframe)))


@router.get(
    "/older",
    response_class=Response,
    responses=encoded(OlderCandles) | errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE),
)
async def get_older_candles(
    symbol: InstrumentIdText,
    timeframe: Timeframe,
    before: Annotated[str, Query(description="A time in Unix seconds.")],
    services: Services,
    key: Annotated[Line, Query(description="Is part of the answer.")] = "",
) -> Response:
    """Return the candles before a time."""
    page_request = {"before": before, "key": key}
    return json_response(await read_older(services, page_request, _view(symbol, timeframe)))


def _view(symbol: object, timeframe: Timeframe) -> dict[str, str]:
    return {"symbol": str(symbol), "timeframe": timeframe.value}
