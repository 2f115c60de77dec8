"""Strategies and groups as JSON for the chart's script. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from dashboard.features.strategies.chart_requests import CHART
from dashboard.features.strategies.reads import ChartSignals
from dashboard.figures.signal_marks import group_id
from dashboard.formats import first_line, format_json_parameters
from dashboard.forms.config_form import parameter_fields
from strategies.status import GroupStatus, RequestStatus, StrategyFile


def choices_payload(files: Iterable[StrategyFile]) -> list[dict[str, Any]]:
    """Return the strategies that can be requested, with the fields of their forms."""
    return [
        {
            "name": facts.name,
            "title": facts.title or facts.name,
            "description": facts.description.partition("\n")[0],
            "built_in": file.built_in,
            "parameters": [
                field
                for field in parameter_fields(json.loads(facts.parameters))
                if field["name"] != "exits"
            ],
        }
        for file in files
        for facts in file.strategies
    ]


def chart_payload(signals: ChartSignals) -> dict[str, Any]:
    """Return the groups of a chart, the requests without a group, and the marks."""
    return {
        "groups": [_group(status, signals.requests) for status in signals.groups],
        "waiting": [_waiting(status) for status in signals.requests if status.group is None],
        "rows": signals.rows,
    }


def _group(status: GroupStatus, requests: Iterable[RequestStatus]) -> dict[str, Any]:
    own = [each for each in requests if each.group == status.group]
    own_requests = [each.request for each in own]
    title = next(
        (request.title for request in own_requests if request.title), status.group.strategy
    )
    return {
        "id": group_id(status.group),
        "strategy": status.group.strategy,
        "title": title,
        "parameters": format_json_parameters(status.group.parameters),
        "target": status.target.name,
        "evaluated_to": int(status.evaluated_to.timestamp()),
        "problem": status.last_skip.reason if status.skipping and status.last_skip else "",
        "request_problem": next((each.problem for each in own if each.problem), ""),
        "requesters": list(status.requesters),
        "withdrawable": [
            request.requester
            for request in own_requests
            if request.requester.startswith(f"{CHART}:")
        ],
    }


def _waiting(status: RequestStatus) -> dict[str, Any]:
    request = status.request
    return {
        "requester": request.requester,
        "title": request.title or request.strategy,
        "parameters": format_json_parameters(request.parameters),
        "problem": first_line(status.problem),
        "strategy": request.strategy,
        "has_report": "\n" in status.problem,
        "is_transient": status.is_transient or not status.problem,
        "withdrawable": [request.requester] if request.requester.startswith(f"{CHART}:") else [],
    }
