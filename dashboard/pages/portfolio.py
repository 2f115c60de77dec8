"""The Portfolio page: what all bots came to together, and which of them made it so."""

from dash import ClientsideFunction, Dash, Input, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes
from dashboard.components.pieces import panel
from dashboard.components.plots import PLOTLY_SOURCE
from dashboard.live.hub import LiveHub
from dashboard.pages.page import Page
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


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Location(id=ids.PORTFOLIO_URL, refresh="callback-nav"),
            _tools(),
            html.Div(id=ids.PORTFOLIO_METRICS),
            panel("Equity and drawdown", html.Div(id=ids.PORTFOLIO_EQUITY)),
            _two(
                panel("Growth of each bot", html.Div(id=ids.PORTFOLIO_GROWTH)),
                panel("Allocation", html.Div(id=ids.PORTFOLIO_ALLOCATION)),
            ),
            _two(
                panel("Profit by day", html.Div(id=ids.PORTFOLIO_DAYS)),
                panel("Round trips by return", html.Div(id=ids.PORTFOLIO_HISTOGRAM)),
            ),
            panel("Calendar of returns", html.Div(id=ids.PORTFOLIO_MONTHS, className="scroller")),
            panel("Best and worst", html.Div(id=ids.PORTFOLIO_RANKING, className="scroller")),
            panel("Round trips", html.Div(id=ids.PORTFOLIO_TRIPS, className="scroller trips")),
        ],
        id=ids.PORTFOLIO,
        className="portfolio",
        **attributes(data_plotly=PLOTLY_SOURCE),
    )


def _tools() -> Component:
    return html.Div(
        [
            html.Div(
                [
                    html.Button(
                        label, type="button", className="text-button", **attributes(data_range=name)
                    )
                    for name, label in RANGES
                ],
                id=ids.PORTFOLIO_RANGES,
                className="ranges",
                role="group",
                **attributes(aria_label="Range"),
            ),
            dcc.Input(
                id=ids.PORTFOLIO_SEARCH,
                type="search",
                placeholder="Only bots, strategies, instruments",
                className="field portfolio-search",
            ),
            html.Span(id=ids.PORTFOLIO_ABOUT, className="muted", role="status"),
        ],
        className="panel portfolio-tools",
    )


def _two(*panels: Component) -> Component:
    return html.Div(list(panels), className="two")


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address with the script; it asks the server by itself."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("portfolio", "show"),
        Input(ids.PORTFOLIO_URL, "search"),
        prevent_initial_call=False,
    )


PAGE = Page(
    path="/portfolio", title="Portfolio", icon="portfolio", layout=layout, register=register
)
