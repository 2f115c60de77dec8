"""One strategy in detail: its file, its parameters, its health. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.elements import attributes
from dashboard.features.strategies.health import (
    FoundStrategy,
    groups_of,
    health_of,
    verifications_of,
    waiting_groups,
)
from dashboard.features.strategies.reads import StrategyOverview
from dashboard.formats import UNKNOWN, format_json_parameters, utc
from dashboard.forms.config_form import exit_fields, parameter_fields
from strategies import Direction, Group, Signal
from strategies.group_progress import GroupStatus
from strategies.strategy_files import StrategyVerificationResult

_MARKS = {
    Direction.LONG: ("▲ LONG", "up"),
    Direction.SHORT: ("▼ SHORT", "down"),
    Direction.FLAT: ("● FLAT", "flat"),
}


def strategy_detail(strategy: FoundStrategy, overview: StrategyOverview) -> Component:
    """Return the panel of one strategy."""
    facts, file = strategy.facts, strategy.file
    schema: dict[str, Any] = json.loads(facts.parameters)
    health = health_of(strategy, overview)
    fields = [field for field in parameter_fields(schema) if field["name"] != "exits"]
    return html.Section(
        [
            html.Header(
                [
                    html.H1(facts.title or facts.name),
                    html.Code(facts.name),
                    html.Span(
                        [html.I(className=f"dot {health.state}"), health.text], className="health"
                    ),
                ]
            ),
            html.P(facts.description, className="description"),
            html.P(["Source ", html.Code(f"{file.path}:{facts.line}")], className="source"),
            html.H2("Parameters"),
            _fields(fields) if fields else html.P("None."),
            html.H2("Exits of the account (stop-loss, take-profit)"),
            _fields(exit_fields(schema)),
            html.H2("Running on"),
            _groups(groups_of(strategy, overview), waiting_groups(overview)),
            *[_verification(each) for each in verifications_of(strategy, overview)],
        ],
        className="panel detail",
        **attributes(data_strategy=facts.name),
    )


def direction_badge(direction: Direction) -> Component:
    """Return the badge of a direction: a mark and a word."""
    text, tone = _MARKS[direction]
    return html.Span(text, className=f"signal-mark {tone}")


def _fields(fields: Sequence[dict[str, Any]]) -> Component:
    rows = [
        html.Tr(
            [
                html.Td(html.Code(field["name"])),
                html.Td(UNKNOWN if field["default"] is None else str(field["default"])),
                html.Td(bounds(field)),
                html.Td(field["description"]),
            ]
        )
        for field in fields
    ]
    head = html.Thead(
        html.Tr([html.Th(text) for text in ("Name", "Default", "Range", "Description")])
    )
    return html.Div(html.Table([head, html.Tbody(rows)]), className="table-scroll")


def bounds(field: dict[str, Any]) -> str:
    """Return the allowed values of a parameter: `1 to 1,000`, `above 0, to 100`, or its choices."""
    low, high = field["minimum"], field["maximum"]
    if field["choices"]:
        return ", ".join(field["choices"])
    if low is None or high is None:
        return str(field["type"])
    first = f"above {low:g}" if field["above"] else f"{low:,}"
    last = f"below {high:g}" if field["below"] else f"{high:,}"
    return f"{first}, {last}" if field["below"] else f"{first} to {last}"


def _groups(groups: Sequence[GroupStatus], waiting_reason: Mapping[Group, str]) -> Component:
    if not groups:
        return html.P(
            [
                "Not running. Request it on the ",
                dcc.Link("chart", href="/"),
                " under Signals, or with a file in config/strategies.",
            ]
        )
    titles = ("Instrument", "Parameters", "Target", "Evaluated up to, UTC", "Requested by")
    head = html.Thead(html.Tr([html.Th(text) for text in titles]))
    rows = [_group(each, waiting_reason.get(each.group, "")) for each in groups]
    return html.Div(html.Table([head, html.Tbody(rows)]), className="table-scroll")


def _group(status: GroupStatus, waiting_reason: str) -> Component:
    group = status.group
    chart = f"/?symbol={group.instrument}&timeframe={group.timeframe}"
    skipped = (
        html.Div(f"Skipped: {status.last_skip.reason}", className="bad")
        if status.skipping and status.last_skip
        else None
    )
    return html.Tr(
        [
            html.Td(dcc.Link(f"{group.instrument.symbol} {group.timeframe}", href=chart)),
            html.Td(format_json_parameters(group.parameters) or "defaults"),
            html.Td([direction_badge(status.target), _since(status.last_signal)]),
            html.Td(
                [
                    utc(status.evaluated_to),
                    skipped,
                    html.Small(waiting_reason) if waiting_reason else None,
                ]
            ),
            html.Td(
                ", ".join(sorted({requester.partition(":")[0] for requester in status.requesters}))
            ),
        ]
    )


def _since(signal: Signal | None) -> Component | None:
    if signal is None:
        return None
    since = f"since {utc(signal.close_time)}"
    return html.Small(f"{since}: {signal.reason}" if signal.reason else since)


def _verification(verification_result: StrategyVerificationResult) -> Component:
    word = "Verified" if verification_result.passed else "Verification failed"
    given = format_json_parameters(verification_result.parameters)
    summary = f"{word} {utc(verification_result.verified_at)} UTC" + (
        f", with {given}" if given else ""
    )
    return html.Details(
        [html.Summary(summary), html.Pre("\n".join(verification_result.report))],
        className="verification" if verification_result.passed else "verification bad",
        open=not verification_result.passed,
    )
