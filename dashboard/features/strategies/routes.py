"""The chart's requests about strategies."""

import json

from fastapi import Response

from dashboard.features.strategies.parameter_check import find_parameter_problems
from dashboard.features.strategies.schemas import (
    RefusedStrategyResponse,
    ShowStrategyRequest,
    SignalChartRequest,
    SignalChartResponse,
    StrategySchema,
    WithdrawRequest,
    signal_chart_response,
    strategy_schemas,
)
from dashboard.http_api.dependencies import Hub, Services
from dashboard.http_api.routes import api_router, errors, refused_form
from dashboard.live.topics import SignalTopic
from dashboard.read_limits import time_of
from dashboard.rest.form_schemas import FormProblemSchema
from dashboard.rest.responses import BAD_REQUEST, NOT_FOUND, UNAVAILABLE, refused_form_response
from dashboard.rest.schema_types import EmptyResponse
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role

router = api_router("signals")


@router.get("/strategies", responses=errors(UNAVAILABLE))
async def list_strategies(services: Services) -> list[StrategySchema]:
    """Return the strategies that can be requested, with parameters and bounds."""
    files = await services.thread_pools.run(services.signals.strategies.files)
    return strategy_schemas(files)


@router.post("/chart", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@read_only
async def get_signal_chart(
    body: SignalChartRequest, services: Services, hub: Hub
) -> SignalChartResponse:
    """Return the strategies that are evaluated on a chart, and their signals since a time."""
    run, since = services.thread_pools.run, time_of("since", body.since)
    # The number first: a frame of the meantime is then received twice, never missed.
    topic = SignalTopic(body.symbol, body.timeframe)
    epoch, number = hub.epoch, hub.numbers([topic])[str(topic)]
    await run(services.market.instrument, body.symbol)
    shown = await run(services.signals.chart, body.symbol, body.timeframe, since)
    return signal_chart_response(shown, epoch=epoch, number=number)


@router.post(
    "/request",
    responses=refused_form(RefusedStrategyResponse) | errors(BAD_REQUEST, UNAVAILABLE),
    response_model=EmptyResponse,
)
@requires_role(Role.OPERATOR)
async def request_strategy(
    body: ShowStrategyRequest, services: Services
) -> EmptyResponse | Response:
    """Request the evaluation of a strategy on an instrument; its signals appear on charts."""
    files = await services.thread_pools.run(services.signals.strategies.files)
    if problems := find_parameter_problems(body.strategy, body.parameters, files):
        listed = [FormProblemSchema(field=each.field, text=each.text) for each in problems]
        return refused_form_response(RefusedStrategyResponse(problems=listed))
    await services.chart_requests.request_strategy(
        body.symbol, body.timeframe, body.strategy, json.dumps(body.parameters)
    )
    return EmptyResponse()


@router.post("/withdraw", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def withdraw_requests(body: WithdrawRequest, services: Services) -> EmptyResponse:
    """Withdraw requests of charts."""
    for requester in body.requesters:
        await services.chart_requests.withdraw(requester)
    return EmptyResponse()
