"""The candles of a chart as JSON: older ones, and the newest, which live frames continue."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.market.snapshot import read_older, read_snapshot
from dashboard.live.hub import LiveHub
from dashboard.rest.request_values import instrument, text, timeframe
from dashboard.rest.responses import handle_errors, json_response
from dashboard.services import DashboardServices


def add_market_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve candles below `/candles`."""

    async def newest(request: Request) -> Response:
        return json_response(await read_snapshot(services, hub, _view(request)))

    async def older(request: Request) -> Response:
        params = request.query_params
        page_request = {"before": params.get("before", ""), "key": text(params, "key")}
        return json_response(await read_older(services, page_request, _view(request)))

    server.add_route("/candles/newest", handle_errors(newest), methods=["GET"])
    server.add_route("/candles/older", handle_errors(older), methods=["GET"])


def _view(request: Request) -> dict[str, str]:
    params = request.query_params
    return {
        "symbol": str(instrument(params, "symbol")),
        "timeframe": timeframe(params, "timeframe").value,
    }
