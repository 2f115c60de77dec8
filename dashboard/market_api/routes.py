"""The candles of a chart, as JSON: newest ones numbered so that live frames join on, and older."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.live.hub import LiveHub
from dashboard.pages.market import older_answer, read_snapshot
from dashboard.request_values import instrument, text, timeframe
from dashboard.services import DashboardServices


def add_market_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve candles below `/candles`."""

    async def newest(request: Request) -> Response:
        return json_answer(await read_snapshot(services, hub, _view(request)))

    async def older(request: Request) -> Response:
        asked = request.query_params
        wanted = {"before": asked.get("before", ""), "key": text(asked, "key")}
        return json_answer(await older_answer(services, wanted, _view(request)))

    server.add_route("/candles/newest", answering(newest), methods=["GET"])
    server.add_route("/candles/older", answering(older), methods=["GET"])


def _view(request: Request) -> dict[str, str]:
    asked = request.query_params
    return {
        "symbol": str(instrument(asked, "symbol")),
        "timeframe": timeframe(asked, "timeframe").value,
    }
