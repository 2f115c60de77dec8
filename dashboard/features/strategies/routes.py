"""The chart's requests about strategies, as JSON."""

import json
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.strategies.signal_payload import chart_payload, choices_payload
from dashboard.live.hub import LiveHub
from dashboard.live.topics import SignalTopic, parse_timeframe
from dashboard.read_limits import time_of
from dashboard.rest.request_values import Body, read_body
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from dashboard.services import DashboardServices
from data import InstrumentId


class ChartRequest(Body, frozen=True, kw_only=True):
    """Request the signals on an instrument since a time (Unix seconds)."""

    symbol: str
    timeframe: str
    since: int


class StrategyRequest(Body, frozen=True, kw_only=True):
    """Show a strategy on a chart."""

    symbol: str
    timeframe: str
    strategy: str
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class Withdraw(Body, frozen=True, kw_only=True):
    """Do not show these any more."""

    requesters: Annotated[list[str], msgspec.Meta(min_length=1)]


def add_signal_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve the chart's requests about strategies below `/signals`."""
    signals, read = services.signals, services.thread_pools.read

    async def strategies(_: Request) -> Response:
        return json_response(choices_payload(await read(signals.strategies.files)))

    @read_only
    async def chart(request: Request) -> Response:
        params = await read_body(request, ChartRequest)
        name, timeframe = InstrumentId.parse(params.symbol), parse_timeframe(params.timeframe)
        since = time_of("since", params.since)
        position = hub.position_of(SignalTopic(name, timeframe))
        await read(services.market.instrument, name)
        shown = await read(signals.chart, name, timeframe, since)
        return json_response(position | chart_payload(shown))

    @requires_role(Role.OPERATOR)
    async def request_strategy(request: Request) -> Response:
        params = await read_body(request, StrategyRequest)
        name, timeframe = InstrumentId.parse(params.symbol), parse_timeframe(params.timeframe)
        await services.chart_requests.request_strategy(
            name, timeframe, params.strategy, json.dumps(params.parameters)
        )
        return json_response({})

    @requires_role(Role.OPERATOR)
    async def withdraw(request: Request) -> Response:
        for requester in (await read_body(request, Withdraw)).requesters:
            await services.chart_requests.withdraw(requester)
        return json_response({})

    server.add_route("/api/v1/signals/strategies", handle_errors(strategies), methods=["GET"])
    server.add_route("/api/v1/signals/chart", handle_errors(chart), methods=["POST"])
    server.add_route("/api/v1/signals/request", handle_errors(request_strategy), methods=["POST"])
    server.add_route("/api/v1/signals/withdraw", handle_errors(withdraw), methods=["POST"])
