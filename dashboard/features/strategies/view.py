"""Strategies as a page shows them: a list, one in detail, and the last signals. Pure."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.elements import attributes
from dashboard.features.strategies.detail import direction_badge, strategy_detail
from dashboard.features.strategies.health import health_of, strategies_of
from dashboard.features.strategies.reads import StrategyOverview
from dashboard.formats import UNKNOWN, first_line, utc
from strategies import Signal
from strategies.requests import RequestStatus
from strategies.strategy_files import StrategyFile

_NOTHING = (
    "The strategy engine has not reported any strategies yet. It reports them when it starts."
)
_NO_SIGNALS = "No signals yet. Request a strategy from a chart, a configuration file or a bot."


def overview_view(overview: StrategyOverview, name: str) -> Component:
    """Return the page's content; `name` chooses the strategy in detail, by default the first."""
    strategies = strategies_of(overview.files)
    chosen = next((each for each in strategies if each.facts.name == name), None)
    if not name:
        chosen = next(iter(strategies), None)
    links = [
        dcc.Link(
            [
                html.Strong(each.facts.title or each.facts.name),
                html.Small("built-in" if each.file.built_in else "user file"),
                _dot(health_of(each, overview).state),
            ],
            href=_href(each.facts.name),
            className="strategy-link chosen" if each is chosen else "strategy-link",
        )
        for each in strategies
    ]
    return html.Div(
        [
            *problem_panels(overview.files),
            html.Nav(
                links or html.P(_NOTHING),
                className="panel strategy-list",
                **attributes(aria_label="Strategies"),
            ),
            strategy_detail(chosen, overview) if chosen else _missing(name),
            _refused(overview.requests),
            _signals(overview.last_signals),
        ],
        className="strategies-grid",
    )


def _href(name: str) -> str:
    return f"/strategies?name={quote(name)}"


def database_down_view() -> Component:
    """Return the message of the page while the database is down."""
    return html.Div(
        [html.H2("The database cannot be reached"), html.P("This page retries automatically.")],
        className="panel problem-panel",
        role="alert",
    )


def problem_panels(files: Iterable[StrategyFile]) -> list[Component]:
    """Return one panel with the problems of strategy files, or none."""
    lines = [
        html.Li(
            [
                html.Code(f"{file.path}:{problem.line}" if problem.line else file.path),
                html.Span(problem.message),
            ]
        )
        for file in files
        for problem in file.problems
    ]
    if not lines:
        return []
    head = html.H2("Strategy files with errors")
    return [html.Section([head, html.Ul(lines)], className="panel file-problems", role="alert")]


def _missing(name: str) -> Component:
    if not name:
        return html.Div(className="panel detail")
    remedy = "If one of your files defines it, correct the problem shown above: "
    return html.Section(
        [
            html.Header(
                [html.H1(name), html.Span([_dot("off"), "Strategy not loaded"], className="health")]
            ),
            html.P(f"No strategy of this name is loaded. {remedy}it then appears here."),
        ],
        className="panel detail",
    )


def _dot(state: str) -> Component:
    return html.I(className=f"dot {state}", title=state)


def _refused(requests: Iterable[RequestStatus]) -> Component | None:
    rows = [
        html.Tr(
            [
                html.Td(status.request.requester.partition(":")[0]),
                html.Td(dcc.Link(status.request.strategy, href=_href(status.request.strategy))),
                html.Td(f"{status.request.instrument.symbol} {status.request.timeframe}"),
                html.Td(first_line(status.problem), className="" if status.is_transient else "bad"),
            ]
        )
        for status in requests
        if status.problem and status.group is None
    ]
    if not rows:
        return None
    head = html.Thead(
        html.Tr([html.Th(text) for text in ("Requested by", "Strategy", "Instrument", "Problem")])
    )
    table = html.Div(html.Table([head, html.Tbody(rows)]), className="table-scroll")
    return html.Section([html.H2("Rejected requests"), table], className="panel wide refused")


def _signals(signals: Sequence[Signal]) -> Component:
    if not signals:
        body: Component = html.P(_NO_SIGNALS)
    else:
        titles = ("Candle close, UTC", "Instrument", "Strategy", "Signal", "Reason")
        head = html.Thead(html.Tr([html.Th(text) for text in titles]))
        rows = [_signal(signal) for signal in reversed(signals)]
        body = html.Div(html.Table([head, html.Tbody(rows)]), className="table-scroll")
    return html.Section([html.H2("Last signals"), body], className="panel wide last-signals")


def _signal(signal: Signal) -> Component:
    group = signal.group
    chart = f"/?symbol={group.instrument}&timeframe={group.timeframe}"
    return html.Tr(
        [
            html.Td(utc(signal.close_time)),
            html.Td(dcc.Link(f"{group.instrument.symbol} {group.timeframe}", href=chart)),
            html.Td(group.strategy),
            html.Td(direction_badge(signal.direction)),
            html.Td(signal.reason or UNKNOWN, className="reason"),
        ]
    )
