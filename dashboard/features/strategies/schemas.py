"""Requests and responses of `/api/v1/signals`: strategies, groups and marks of a chart."""

import json
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from dashboard.features.strategies.chart_requests import CHART
from dashboard.features.strategies.reads import ChartSignals
from dashboard.figures.signal_marks import group_id
from dashboard.formats import first_line, format_json_parameters
from dashboard.forms.config_form import parameter_fields
from dashboard.rest.form_schemas import FormProblemSchema, ParameterFieldSchema, ParameterValue
from dashboard.rest.schema_types import InstrumentIdText, RequestModel, ResponseModel
from data import Timeframe
from strategies.group_progress import GroupStatus
from strategies.requests import RequestStatus
from strategies.strategy_files import StrategyFile


class SignalChartRequest(RequestModel):
    """The signals on an instrument and timeframe since a time."""

    symbol: InstrumentIdText
    timeframe: Timeframe
    since: Annotated[int, Field(strict=True, description="Unix seconds.")]


class ShowStrategyRequest(RequestModel):
    """Evaluate a strategy on an instrument and timeframe, for charts."""

    symbol: InstrumentIdText
    timeframe: Timeframe
    strategy: str
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)


class RefusedStrategyResponse(ResponseModel):
    """Why a strategy is not requested: the problems of its parameters."""

    problems: list[FormProblemSchema]


class WithdrawRequest(RequestModel):
    """Withdraw requests of charts, named by their requesters."""

    requesters: Annotated[list[str], Field(min_length=1)]


class StrategySchema(ResponseModel):
    """A strategy that can be requested, with its parameters."""

    name: str
    title: str
    description: str
    built_in: bool
    parameters: list[ParameterFieldSchema]


class SignalGroupSchema(ResponseModel):
    """A strategy with parameters that is evaluated on the chart, up to `evaluated_to`.

    `problem`: why candles are skipped; `request_problem`: why the request is refused.
    `withdrawable`: those of the requesters that a chart may withdraw.
    """

    id: str
    strategy: str
    title: str
    parameters: str
    target: str
    evaluated_to: int
    problem: str
    request_problem: str
    requesters: list[str]
    withdrawable: list[str]


class WaitingRequestSchema(ResponseModel):
    """A request that no group serves yet, and its problem."""

    requester: str
    title: str
    parameters: str
    problem: str
    strategy: str
    has_report: bool
    is_transient: bool
    withdrawable: list[str]


class SignalMarkSchema(ResponseModel):
    """A mark at the candle that opens at `time` (Unix seconds)."""

    group: str
    strategy: str
    time: int
    direction: Literal["LONG", "FLAT", "SHORT", "SKIPPED"]
    reason: str


class SignalChartResponse(ResponseModel):
    """Groups, requests and marks of a chart; `epoch` and `number` of their last frame."""

    epoch: str
    number: int
    groups: list[SignalGroupSchema]
    waiting: list[WaitingRequestSchema]
    rows: list[SignalMarkSchema]


def strategy_schemas(files: Iterable[StrategyFile]) -> list[StrategySchema]:
    """Return the strategies that can be requested, with the fields of their forms."""
    return [
        StrategySchema(
            name=facts.name,
            title=facts.title or facts.name,
            description=facts.description.partition("\n")[0],
            built_in=file.built_in,
            parameters=[
                ParameterFieldSchema.model_validate(field)
                for field in parameter_fields(json.loads(facts.parameters))
                if field["name"] != "exits"
            ],
        )
        for file in files
        for facts in file.strategies
    ]


def signal_chart_response(signals: ChartSignals, *, epoch: str, number: int) -> SignalChartResponse:
    """Return the groups of a chart, the requests without a group, and the marks."""
    return SignalChartResponse(
        epoch=epoch,
        number=number,
        groups=[_group(status, signals.requests) for status in signals.groups],
        waiting=[_waiting(status) for status in signals.requests if status.group is None],
        rows=[SignalMarkSchema.model_validate(row, from_attributes=True) for row in signals.rows],
    )


def _group(status: GroupStatus, requests: Iterable[RequestStatus]) -> SignalGroupSchema:
    own = [each for each in requests if each.group == status.group]
    own_requests = [each.request for each in own]
    title = next(
        (request.title for request in own_requests if request.title), status.group.strategy
    )
    return SignalGroupSchema(
        id=group_id(status.group),
        strategy=status.group.strategy,
        title=title,
        parameters=format_json_parameters(status.group.parameters),
        target=status.target.name,
        evaluated_to=int(status.evaluated_to.timestamp()),
        problem=status.last_skip.reason if status.skipping and status.last_skip else "",
        request_problem=next((each.problem for each in own if each.problem), ""),
        requesters=list(status.requesters),
        withdrawable=[
            request.requester for request in own_requests if _is_of_chart(request.requester)
        ],
    )


def _waiting(status: RequestStatus) -> WaitingRequestSchema:
    request = status.request
    return WaitingRequestSchema(
        requester=request.requester,
        title=request.title or request.strategy,
        parameters=format_json_parameters(request.parameters),
        problem=first_line(status.problem),
        strategy=request.strategy,
        has_report="\n" in status.problem,
        is_transient=status.is_transient or not status.problem,
        withdrawable=[request.requester] if _is_of_chart(request.requester) else [],
    )


def _is_of_chart(requester: str) -> bool:
    return requester.startswith(f"{CHART}:")
