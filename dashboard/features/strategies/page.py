"""The Strategies page: all strategies, their health, and the last signals."""

import hashlib
import logging
from typing import Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashboard import ids
from dashboard.features.strategies.view import database_down_view, overview_view
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.dashboard")

REFRESH_MS = 3_000


def layout() -> Component:
    """Return the page, empty."""
    return html.Div(
        [
            dcc.Interval(id=ids.STRATEGIES_REFRESH, interval=REFRESH_MS),
            dcc.Store(id=ids.STRATEGIES_SHOWN),
            html.Div(id=ids.STRATEGIES_CONTENT, className="strategies"),
        ],
        id=ids.STRATEGIES,
        className="page",
    )


def register(app: Dash, services: DashboardServices, _hub: LiveHub) -> None:
    """Add the page's callback."""

    @app.callback(
        Output(ids.STRATEGIES_CONTENT, "children"),
        Output(ids.STRATEGIES_SHOWN, "data"),
        Input(ids.STRATEGIES_REFRESH, "n_intervals"),
        Input(ids.URL, "search"),
        State(ids.STRATEGIES_SHOWN, "data"),
    )
    async def show(_: int | None, search: str | None, shown: str | None) -> Any:
        view = await read_view(services, _named(search))
        # What a user has opened or selected stays so while nothing changes.
        digest = hashlib.sha256(to_json_plotly(view).encode()).hexdigest()
        return (no_update, no_update) if digest == shown else (view, digest)


async def read_view(services: DashboardServices, name: str) -> Component:
    """Return the content for a chosen strategy ("": the first), or the error."""
    try:
        overview = await services.thread_pools.run(services.signals.overview)
    except ExternalServiceError as error:
        log.warning("strategies not read", extra={"reason": str(error)})
        return database_down_view()
    return overview_view(overview, name)


def _named(search: str | None) -> str:
    return parse_qs((search or "").lstrip("?")).get("name", [""])[0]


PAGE = Page(
    path="/strategies", title="Strategies", icon="strategies", layout=layout, register=register
)
