"""The Portfolio page: the result of all bots together, and the share of each."""

from typing import Any

import dash_bootstrap_components as dbc
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import ids
from dashboard.components.address import Query, connect_address, query_of
from dashboard.components.controls import choice, page_grid
from dashboard.components.elements import attributes, panel
from dashboard.components.plots import connect_plot, figures_of, plot
from dashboard.components.problems import describe_problem, problem, retry_of, text_of
from dashboard.features.portfolio import view
from dashboard.features.portfolio.query import FIELDS, PROFITS_BY, RANGES, SCATTERS, PortfolioQuery
from dashboard.features.portfolio.tables import ranking_table, round_trips_table
from dashboard.figures.bars import HISTOGRAM_HEIGHT, PROFIT_BY_DAY_HEIGHT, PROFIT_BY_HEIGHT
from dashboard.figures.equity import EQUITY_HEIGHT, GROWTH_HEIGHT
from dashboard.figures.monthly_returns import calendar_height
from dashboard.figures.round_trips import SCATTER_HEIGHT
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices
from utils.errors import TruetapeError

BENCHMARK = (
    "Benchmark: each bot's capital invested in its own instrument, bought without fees at "
    "the close of "
    "the first 1m candle that closes after the bot's start, valued at the close of the "
    "newest candle"
)

CURRENCIES = "This page shows only bots whose instrument is quoted in this currency"

RECONCILED = (
    "Since the start of each bot: the profit of its stored fills, compared with its "
    "account's equity "
    "less the capital of its newest session; both must be equal to the last digit"
)

# The plots by the names of `view.figures`, with the controls that choose one of several figures.
PLOTS = {
    "equity": ids.PORTFOLIO_EQUITY,
    "growth": ids.PORTFOLIO_GROWTH,
    "allocation": ids.PORTFOLIO_ALLOCATION,
    "days": ids.PORTFOLIO_DAYS,
    "histogram": ids.PORTFOLIO_HISTOGRAM,
    "scatter": ids.PORTFOLIO_SCATTER,
    "profit_by": ids.PORTFOLIO_PROFIT_BY,
    "months": ids.PORTFOLIO_MONTHS,
}
CHOICES = {
    ids.PORTFOLIO_SCATTER: ids.PORTFOLIO_SCATTER_CHOICE,
    ids.PORTFOLIO_PROFIT_BY: ids.PORTFOLIO_PROFIT_BY_CHOICE,
}
SEARCH_MS = 300


def layout() -> Component:
    """Return the page; what was read is hidden until then."""
    return html.Div(
        [
            dcc.Location(id=ids.PORTFOLIO_URL, refresh="callback-nav"),
            dcc.Store(id=ids.PORTFOLIO_QUERY),
            _tools(),
            problem(ids.PORTFOLIO_PROBLEM, "The portfolio cannot be read"),
            html.Div(_result(), id=ids.PORTFOLIO_RESULT, hidden=True),
        ],
        id=ids.PORTFOLIO,
        className="portfolio",
        **attributes(data_resync=""),
    )


def _tools() -> Component:
    return html.Div(
        [
            choice(ids.PORTFOLIO_RANGE, "Range", RANGES),
            html.Div(
                id=ids.PORTFOLIO_CURRENCIES,
                className="ranges",
                role="group",
                title=CURRENCIES,
                **attributes(aria_label="Quote currency"),
            ),
            dmc.TextInput(
                id=ids.PORTFOLIO_SEARCH,
                placeholder="Filter by bot, strategy, instrument",
                debounce=SEARCH_MS,
                size="xs",
                className="portfolio-search",
                **attributes(aria_label="Filter"),
            ),
            html.Span(
                dmc.Switch(id=ids.PORTFOLIO_BENCHMARK, label="Buy and hold", size="sm"),
                title=BENCHMARK,
            ),
            html.Span(
                [
                    _file(ids.PORTFOLIO_ROUND_TRIPS_FILE, "round-trips.csv", "Round trips CSV"),
                    _file(ids.PORTFOLIO_DAYS_FILE, "days.csv", "Days CSV"),
                ],
                className="files",
            ),
            html.Span(id=ids.PORTFOLIO_ABOUT, className="muted", role="status"),
        ],
        className="panel portfolio-tools",
    )


def _file(id_: str, name: str, label: str) -> Component:
    return html.A(label, id=id_, className="text-button", download=name)


def _result() -> Component:
    widest, wide, narrow = {"xs": 12}, {"xs": 12, "lg": 7}, {"xs": 12, "lg": 5}
    cells = [
        (widest, html.Div(id=ids.PORTFOLIO_METRICS)),
        (widest, _reconciliation()),
        (widest, _equity()),
        (wide, panel("Growth of each bot", plot(ids.PORTFOLIO_GROWTH, GROWTH_HEIGHT))),
        (narrow, panel("Allocation", plot(ids.PORTFOLIO_ALLOCATION, GROWTH_HEIGHT))),
        (wide, panel("Profit by day", plot(ids.PORTFOLIO_DAYS, PROFIT_BY_DAY_HEIGHT))),
        (narrow, panel("Round trips by return", plot(ids.PORTFOLIO_HISTOGRAM, HISTOGRAM_HEIGHT))),
        (wide, _scatter()),
        (narrow, _profit_by()),
        (widest, _calendar()),
        (widest, panel("Best and worst", ranking_table())),
        (widest, panel("Round trips", html.Div(round_trips_table(), className="round-trips-grid"))),
    ]
    return page_grid(*(dbc.Col(content, **width) for width, content in cells))


def _reconciliation() -> Component:
    return html.P(
        id=ids.PORTFOLIO_RECONCILIATION, className="panel reconciliation", title=RECONCILED
    )


def _equity() -> Component:
    return panel(
        "Equity and drawdown",
        html.P(id=ids.PORTFOLIO_BENCHMARK_NOTE, className="plot-note", role="status"),
        plot(ids.PORTFOLIO_EQUITY, EQUITY_HEIGHT),
    )


def _scatter() -> Component:
    return panel(
        "All round trips",
        choice(ids.PORTFOLIO_SCATTER_CHOICE, "Scatter", SCATTERS),
        plot(ids.PORTFOLIO_SCATTER, SCATTER_HEIGHT),
    )


def _profit_by() -> Component:
    return panel(
        "Profit of round trips",
        choice(ids.PORTFOLIO_PROFIT_BY_CHOICE, "Profit by", PROFITS_BY),
        plot(ids.PORTFOLIO_PROFIT_BY, PROFIT_BY_HEIGHT),
    )


def _calendar() -> Component:
    months = plot(ids.PORTFOLIO_MONTHS, calendar_height(1))
    return panel("Calendar of returns", html.Div(months, className="calendar"))


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address with the controls, and with what is read and drawn."""
    connect_address(app, ids.PORTFOLIO_URL, ids.PORTFOLIO_QUERY, FIELDS)
    for id_ in PLOTS.values():
        connect_plot(app, id_, CHOICES.get(id_))
    _connect_result(app, services)
    _connect_files(app)
    _connect_scatter(app)


def _connect_result(app: Dash, services: DashboardServices) -> None:
    run, portfolio = services.thread_pools.run, services.bots.portfolio

    @app.callback(
        output=OUTPUTS,
        inputs={
            "query": Input(ids.PORTFOLIO_QUERY, "data"),
            "_": [
                Input(retry_of(ids.PORTFOLIO_PROBLEM), "n_clicks"),
                Input(ids.PORTFOLIO, "data-resync"),
            ],
        },
        state={"search": State(ids.PORTFOLIO_URL, "search")},
        prevent_initial_call=True,
    )
    async def show(query: Query | None, _: Any, search: str | None) -> dict[str, Any]:
        if query is None:
            raise PreventUpdate
        try:
            selection = PortfolioQuery.of(query)
            found = await run(
                portfolio,
                selection.span,
                selection.search_text,
                selection.currency,
                selection.benchmark,
            )
        except TruetapeError as error:
            return outputs(problem_hidden=False, problem=describe_problem(error))
        return outputs(problem_hidden=True, **shown(found, query_of(search, FIELDS)))


OUTPUTS: dict[str, Any] = {
    "problem_hidden": Output(ids.PORTFOLIO_PROBLEM, "hide"),
    "problem": Output(text_of(ids.PORTFOLIO_PROBLEM), "children"),
    "about": Output(ids.PORTFOLIO_ABOUT, "children"),
    "currencies": Output(ids.PORTFOLIO_CURRENCIES, "children"),
    "hidden": Output(ids.PORTFOLIO_RESULT, "hidden"),
    "metrics": Output(ids.PORTFOLIO_METRICS, "children"),
    "reconciliation": Output(ids.PORTFOLIO_RECONCILIATION, "children"),
    "benchmark_note": Output(ids.PORTFOLIO_BENCHMARK_NOTE, "children"),
    **{name: Output(figures_of(id_), "data") for name, id_ in PLOTS.items()},
    "ranking": Output(ids.PORTFOLIO_RANKING, "rowData"),
    "round_trips": Output(ids.PORTFOLIO_ROUND_TRIPS, "rowData"),
}


def outputs(**changed: Any) -> dict[str, Any]:
    """Return what a callback returns: these changes, and nothing new of all else."""
    return dict.fromkeys(OUTPUTS, no_update) | changed


def shown(portfolio: view.Portfolio, query: Query) -> dict[str, Any]:
    """Return the changes that show a portfolio; without bots only that there are none."""
    head = {
        "about": view.about(portfolio),
        "currencies": view.currency_links(portfolio, query),
        "hidden": not portfolio["bots"],
    }
    if not portfolio["bots"]:
        return head
    return {
        **head,
        "metrics": view.metrics(portfolio),
        "reconciliation": view.reconciliation(portfolio),
        "benchmark_note": view.benchmark_note(portfolio),
        **view.figures(portfolio, query),
        "ranking": view.ranking(portfolio),
        "round_trips": view.round_trip_rows(portfolio),
    }


def _connect_files(app: Dash) -> None:
    @app.callback(
        Output(ids.PORTFOLIO_ROUND_TRIPS_FILE, "href"),
        Output(ids.PORTFOLIO_DAYS_FILE, "href"),
        Input(ids.PORTFOLIO_QUERY, "data"),
        prevent_initial_call=True,
    )
    async def name_files(query: Query) -> tuple[str, str]:
        return view.file_address("round-trips.csv", query), view.file_address("days.csv", query)


def _connect_scatter(app: Dash) -> None:
    @app.callback(
        Output(ids.URL, "pathname", allow_duplicate=True),
        Output(ids.URL, "search", allow_duplicate=True),
        Input(ids.PORTFOLIO_SCATTER, "clickData"),
        prevent_initial_call=True,
    )
    async def open_bot(click: dict[str, Any] | None) -> tuple[str, str]:
        if not click:
            raise PreventUpdate
        return f"/bots/{click['points'][0]['customdata']}", ""


PAGE = Page(
    path="/portfolio", title="Portfolio", icon="portfolio", layout=layout, register=register
)
