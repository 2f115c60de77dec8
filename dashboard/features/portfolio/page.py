"""The Portfolio page: the result of all bots together, and the share of each."""

from dash import ClientsideFunction, Dash, Input, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import PLOTLY_SOURCE, attributes, button, panel
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices

RANGES = (
    ("1d", "1 d"),
    ("7d", "7 d"),
    ("30d", "30 d"),
    ("90d", "90 d"),
    ("ytd", "YTD"),
    ("1y", "1 y"),
    ("all", "All"),
)

SCATTERS = (("excursions", "Excursions"), ("holding", "Holding time"))
PROFITS_BY = (("strategy", "Strategy"), ("instrument", "Instrument"), ("hour", "Hour of exit, UTC"))

FILES = (("round-trips.csv", "Round trips CSV"), ("days.csv", "Days CSV"))
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


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Location(id=ids.PORTFOLIO_URL, refresh="callback-nav"),
            _tools(),
            html.Div(id=ids.PORTFOLIO_METRICS),
            html.P(
                id=ids.PORTFOLIO_RECONCILIATION, className="panel reconciliation", title=RECONCILED
            ),
            panel(
                "Equity and drawdown",
                html.P(id=ids.PORTFOLIO_BENCHMARK_NOTE, className="plot-note", role="status"),
                html.Div(id=ids.PORTFOLIO_EQUITY),
            ),
            _two_columns(
                panel("Growth of each bot", html.Div(id=ids.PORTFOLIO_GROWTH)),
                panel("Allocation", html.Div(id=ids.PORTFOLIO_ALLOCATION)),
            ),
            _two_columns(
                panel("Profit by day", html.Div(id=ids.PORTFOLIO_DAYS)),
                panel("Round trips by return", html.Div(id=ids.PORTFOLIO_HISTOGRAM)),
            ),
            _two_columns(
                panel(
                    "All round trips",
                    _switch("scatter", "Scatter", SCATTERS),
                    html.Div(id=ids.PORTFOLIO_SCATTER),
                ),
                panel(
                    "Profit of round trips",
                    _switch("by", "Profit by", PROFITS_BY),
                    html.Div(id=ids.PORTFOLIO_PROFIT_BY),
                ),
            ),
            panel("Calendar of returns", html.Div(id=ids.PORTFOLIO_MONTHS, className="scroller")),
            panel("Best and worst", html.Div(id=ids.PORTFOLIO_RANKING, className="scroller")),
            panel(
                "Round trips",
                html.Div(id=ids.PORTFOLIO_ROUND_TRIPS, className="scroller round-trips"),
            ),
        ],
        id=ids.PORTFOLIO,
        className="portfolio",
        **attributes(data_plotly=PLOTLY_SOURCE),
    )


def _tools() -> Component:
    return html.Div(
        [
            _switch("range", "Range", RANGES),
            html.Div(
                id=ids.PORTFOLIO_CURRENCIES,
                className="ranges",
                role="group",
                hidden=True,
                title=CURRENCIES,
                **attributes(aria_label="Quote currency"),
            ),
            dcc.Input(
                id=ids.PORTFOLIO_SEARCH,
                type="search",
                placeholder="Filter by bot, strategy, instrument",
                className="field portfolio-search",
            ),
            button(ids.PORTFOLIO_BENCHMARK, "Buy and hold", title=BENCHMARK),
            html.Span(
                [
                    html.A(
                        label, className="text-button", download=name, **attributes(data_file=name)
                    )
                    for name, label in FILES
                ],
                id=ids.PORTFOLIO_FILES,
            ),
            html.Span(id=ids.PORTFOLIO_ABOUT, className="muted", role="status"),
        ],
        className="panel portfolio-tools",
    )


def _switch(word: str, label: str, choices: tuple[tuple[str, str], ...]) -> Component:
    """Return a group of buttons with one active; the address keeps the choice under `word`."""
    return html.Div(
        [
            html.Button(
                text, type="button", className="text-button", **attributes(**{f"data_{word}": name})
            )
            for name, text in choices
        ],
        className="ranges",
        role="group",
        **attributes(aria_label=label),
    )


def _two_columns(*panels: Component) -> Component:
    return html.Div(list(panels), className="two")


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address with the script, which sends its own requests."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("portfolio", "show"),
        Input(ids.PORTFOLIO_URL, "search"),
        prevent_initial_call=False,
    )


PAGE = Page(
    path="/portfolio", title="Portfolio", icon="portfolio", layout=layout, register=register
)
