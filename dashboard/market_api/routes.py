"""The candles of a chart, as JSON: newest ones numbered so that live frames join on, and older."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.live.hub import LiveHub
from dashboard.pages.market import read_older, read_snapshot
from dashboard.services import DashboardServices
from data.errors import InvalidValue


def add_market_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve candles below `/candles`."""

    async def newest(request: Request) -> Response:
        return json_answer(await read_snapshot(services, hub, _view(request)))

    async def older(request: Request) -> Response:
        asked = request.query_params
        if not asked.get("before", "").isdecimal():
            raise InvalidValue("before must be a time in Unix seconds")
        wanted = {"before": asked["before"], "key": asked.get("key", "")}
        return json_answer(await read_older(services, wanted, _view(request)))

    server.add_route("/candles/newest", answering(newest), methods=["GET"])
    server.add_route("/candles/older", answering(older), methods=["GET"])


def _view(request: Request) -> dict[str, str]:
    asked = request.query_params
    return {"symbol": asked.get("symbol", ""), "timeframe": asked.get("timeframe", "")}
