"""The System page: the state of every part, logs, alerts, data, and access.

Scripts of `assets` (`80-` to `89-`) fill it, over the socket and with requests below `/system`.
"""

from dash import Dash, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import attributes
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices

TABS = {
    "overview": "Overview",
    "logs": "Logs",
    "alerts": "Alerts",
    "data": "Data quality",
    "access": "Access",
}


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            html.Nav(
                [
                    html.Button(title, type="button", **attributes(data_tab=name))
                    for name, title in TABS.items()
                ],
                className="system-tabs",
                **attributes(aria_label="Parts of System"),
            ),
            html.Div(id=ids.SYSTEM_NOTE, className="system-note", role="status", hidden=True),
            _tab("overview", _overview()),
            _tab("logs", [html.Div(id=ids.SYSTEM_LOGS, className="panel system-logs")]),
            _tab("alerts", [html.Div(id=ids.SYSTEM_ALERTS)]),
            _tab("data", [html.Div(id=ids.SYSTEM_QUALITY)]),
            _tab("access", [html.Div(id=ids.SYSTEM_ACCESS)]),
        ],
        id=ids.SYSTEM,
        className="page system",
    )


def _tab(name: str, content: list[Component]) -> Component:
    return html.Div(content, className="system-tab", hidden=True, **attributes(data_panel=name))


def _overview() -> list[Component]:
    return [
        html.Div(id=ids.SYSTEM_TILES, className="system-tiles"),
        html.Div(
            [
                html.Div(
                    [
                        _panel("Processes", ids.SYSTEM_PROCESSES),
                        _panel("Collectors", ids.SYSTEM_COLLECTORS),
                    ],
                    className="system-main",
                ),
                html.Div(id=ids.SYSTEM_METRICS, className="system-metrics"),
            ],
            className="system-columns",
        ),
    ]


def _panel(title: str, id_: str) -> Component:
    body = html.Div(id=id_, className="system-scroll")
    return html.Section([html.H2(title), body], className="panel")


def register(_app: Dash, _services: DashboardServices, _hub: LiveHub) -> None:
    """Do nothing: the page has no callbacks."""


PAGE = Page(path="/system", title="System", icon="system", layout=layout, register=register)
