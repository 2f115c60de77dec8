"""The Market page: one instrument's candles, price and tape, live."""

import logging
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import ids
from dashboard.components.elements import (
    PLOTLY_SOURCE,
    attributes,
    labelled_value,
    slot,
    tool_button,
)
from dashboard.components.price_chart import (
    ChartEngine,
    LightweightEngine,
    PlotlyEngine,
    price_chart,
)
from dashboard.features.market.payload import unknown_address
from dashboard.features.market.snapshot import read_listing, read_older, read_snapshot
from dashboard.live.hub import LiveHub
from dashboard.page import Page
from dashboard.services import DashboardServices
from data.errors import InstrumentMissing, InvalidValue
from utils.errors import ExternalServiceError

log = logging.getLogger("truetape.dashboard")

REFRESH_MS = 15_000


def engines() -> list[ChartEngine]:
    """Return the chart engines to choose from, the default first."""
    return [LightweightEngine(), PlotlyEngine(PLOTLY_SOURCE)]


def layout() -> Component:
    """Return the page, empty."""
    choices = engines()
    stores = (
        ids.MARKET_INSTRUMENTS,
        ids.MARKET_VIEW,
        ids.MARKET_SNAPSHOT,
        ids.MARKET_OLDER_REQUEST,
        ids.MARKET_OLDER,
        ids.MARKET_RESYNC,
    )
    return html.Div(
        [
            *(dcc.Store(id=store) for store in stores),
            dcc.Location(id=ids.MARKET_URL, refresh="callback-nav"),
            dcc.Interval(id=ids.MARKET_REFRESH, interval=REFRESH_MS),
            _toolbar(choices),
            price_chart(choices),
            html.Div(id=ids.MARKET_NOTICE, className="notice", role="note"),
            _facts(),
            _tape(),
        ],
        id=ids.MARKET,
        className="market",
    )


def _toolbar(choices: list[ChartEngine]) -> Component:
    return html.Div(
        [
            dmc.Select(
                id=ids.MARKET_SYMBOL,
                data=[],
                searchable=True,
                allowDeselect=False,
                placeholder="Instrument",
                nothingFoundMessage="No such instrument",
                size="sm",
                className="symbol",
                **attributes(aria_label="Instrument"),
            ),
            html.Div(
                [
                    html.Div("—", id=ids.MARKET_PRICE, className="price"),
                    html.Div("", id=ids.MARKET_CHANGE, className="change"),
                ],
                className="quote",
            ),
            html.Div(
                dmc.SegmentedControl(
                    id=ids.MARKET_TIMEFRAME, data=[], size="xs", className="timeframes"
                ),
                className="scroller",
            ),
            html.Div(
                [
                    tool_button(ids.MARKET_INDICATORS, "indicators", html.Span("Indicators")),
                    tool_button(ids.MARKET_SIGNALS, "signal", html.Span("Signals")),
                    tool_button(
                        ids.MARKET_LAYOUTS, "layouts", slot(ids.MARKET_LAYOUT_NAME, "layout-name")
                    ),
                ],
                className="tools",
            ),
            dmc.SegmentedControl(
                id=ids.MARKET_ENGINE,
                data=[{"value": each.name, "label": each.label} for each in choices],
                value=choices[0].name,
                size="xs",
                className="engines",
            ),
        ],
        className="panel toolbar",
    )


def _facts() -> Component:
    return html.Section(
        [
            html.H2("24 hours"),
            html.Dl(
                [
                    *labelled_value("high", "High"),
                    *labelled_value("low", "Low"),
                    *labelled_value("volume", "Volume"),
                    *labelled_value("open", "Opened at"),
                ]
            ),
        ],
        id=ids.MARKET_FACTS,
        className="panel facts",
    )


def _tape() -> Component:
    head = html.Thead(html.Tr([html.Th("Time"), html.Th("Price"), html.Th("Size")]))
    return html.Section(
        [
            html.H2("Last trades"),
            html.Table([head, html.Tbody(id=ids.MARKET_TRADES)]),
        ],
        className="panel tape",
    )


def register(app: Dash, services: DashboardServices, hub: LiveHub) -> None:
    """Add the page's callbacks."""
    _register_snapshots(app, services, hub)
    _register_views(app)


def _register_snapshots(app: Dash, services: DashboardServices, hub: LiveHub) -> None:
    @app.callback(Output(ids.MARKET_INSTRUMENTS, "data"), Input(ids.MARKET_REFRESH, "n_intervals"))
    async def list_instruments(_: int | None) -> Any:
        return await read_listing(services)

    @app.callback(
        Output(ids.MARKET_SNAPSHOT, "data"),
        Input(ids.MARKET_VIEW, "data"),
        Input(ids.MARKET_RESYNC, "data"),
    )
    async def take_snapshot(view: dict[str, str] | None, _: Any) -> Any:
        if not view:
            return no_update
        try:
            return await read_snapshot(services, hub, view)
        except (InvalidValue, InstrumentMissing) as error:
            return {"view": view, "epoch": hub.epoch, "problem": unknown_address(str(error))}

    @app.callback(
        Output(ids.MARKET_OLDER, "data"),
        Input(ids.MARKET_OLDER_REQUEST, "data"),
        State(ids.MARKET_VIEW, "data"),
        prevent_initial_call=True,
    )
    async def load_older(request: dict[str, Any] | None, view: dict[str, str] | None) -> Any:
        if not request or not view:
            return no_update
        try:
            return await read_older(services, request, view)
        except (InvalidValue, InstrumentMissing, ExternalServiceError) as error:
            log.warning("older candles not read", extra={"reason": str(error)})
            return no_update


def _register_views(app: Dash) -> None:
    def view(name: str, *links: Input | Output | State, first: bool = False) -> None:
        script = ClientsideFunction("market", name)
        app.clientside_callback(  # type: ignore[no-untyped-call]
            script, *links, prevent_initial_call=not first
        )

    chart = ids.chart("lightweight")
    view(
        "choose",
        Output(ids.MARKET_URL, "search"),
        Output(ids.MARKET_SYMBOL, "value"),
        Output(ids.MARKET_TIMEFRAME, "value"),
        Output(ids.MARKET_ENGINE, "value"),
        Output(ids.MARKET_VIEW, "data"),
        Output(ids.MARKET_SYMBOL, "data"),
        Output(ids.MARKET_TIMEFRAME, "data"),
        Output(ids.MARKET_REFRESH, "interval"),
        Input(ids.MARKET_URL, "search"),
        Input(ids.MARKET_SYMBOL, "value"),
        Input(ids.MARKET_TIMEFRAME, "value"),
        Input(ids.MARKET_ENGINE, "value"),
        Input(ids.MARKET_INSTRUMENTS, "data"),
        first=True,
    )
    view("draw", Input(ids.MARKET_SNAPSHOT, "data"))
    view("older", Input(ids.MARKET_OLDER, "data"))
    view(
        "moved",
        Input(chart, "visibleRange"),
        Input(chart, "visibleLogicalRange"),
        Input(chart, "barsInLogicalRange"),
    )
    view("pointed", Input(chart, "crosshair"))


PAGE = Page(path="/", title="Market", icon="market", layout=layout, register=register)
