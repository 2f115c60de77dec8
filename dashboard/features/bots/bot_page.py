"""A bot's own page: its configuration, its chart, its money, and its whole history."""

from dash import ClientsideFunction, Dash, Input, dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import PLOTLY_SOURCE, attributes, panel
from dashboard.components.price_chart import LightweightEngine, price_chart
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices

TABS = (
    ("orders", "Orders"),
    ("round-trips", "Round trips"),
    ("history", "States"),
    ("config", "Configuration"),
    ("log", "Log"),
)


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Location(id=ids.BOT_URL, refresh="callback-nav"),
            html.Header(id=ids.BOT_HEAD, className="panel bot-head"),
            html.Div(
                [
                    price_chart([LightweightEngine()]),
                    html.Div(
                        [
                            html.Section(id=ids.BOT_MONEY, className="panel bot-card"),
                            html.Section(id=ids.BOT_POSITION, className="panel bot-card"),
                        ],
                        className="bot-side",
                    ),
                ],
                className="bot-top",
            ),
            html.Div(id=ids.MARKET_NOTICE, className="notice", role="note"),
            panel("Equity and drawdown", html.Div(id=ids.BOT_EQUITY)),
            html.Section(
                [_tabs(), html.Div(id=ids.BOT_TABLE, className="table-scroll", role="tabpanel")],
                className="panel bot-tables",
            ),
        ],
        id=ids.BOT,
        className="bot",
        **attributes(data_plotly=PLOTLY_SOURCE),
    )


def _tabs() -> Component:
    return html.Div(
        [
            html.Button(
                label,
                type="button",
                role="tab",
                className="bot-tab",
                **attributes(data_tab=name, aria_selected="false"),
            )
            for name, label in TABS
        ],
        id=ids.BOT_TABS,
        className="bot-tabs",
        role="tablist",
    )


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:  # noqa: ARG001
    """Connect the address with the scripts, which send their own requests."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("bot", "show"),
        Input(ids.BOT_URL, "pathname"),
        Input(ids.BOT_URL, "search"),
        prevent_initial_call=False,
    )


PAGE = Page(path="/bots/", title="Bot", icon="bots", layout=layout, register=register, listed=False)
