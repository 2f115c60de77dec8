"""The live chart: one element per engine, of which the page shows one.

A frame of candles is sent to the browser once, as columns; the module of the chosen
engine (`web/chart/engines`) draws it. An engine is a class here, which makes its element, and a
module of the same name there.
"""

from abc import ABC, abstractmethod

from dash import html
from dash.development.base_component import Component
from dash_tvlwc import Tvlwc

from dashboard import ids
from dashboard.components.elements import attributes


class ChartEngine(ABC):
    """One way to draw candles."""

    name: str
    label: str

    @abstractmethod
    def element(self) -> Component:
        """Return the empty chart, with id `ids.chart(name)`."""


class LightweightEngine(ChartEngine):
    """Lightweight Charts on a canvas: thousands of candles, ten updates a second."""

    name = "lightweight"
    label = "Lightweight"

    def element(self) -> Component:
        chart: Component = Tvlwc(
            id=ids.chart(self.name),
            series=[
                {"id": "price", "type": "candlestick", "data": []},
                {"id": "volume", "type": "histogram", "data": [], "pane": 1},
            ],
            paneOptions=[{"stretchFactor": 4.2}, {"stretchFactor": 1}],
            subscribeCrosshair=True,
            subscribeVisibleRange=True,
            reportThrottle=30,
            width="100%",
            height="100%",
        )
        return chart


class PlotlyEngine(ChartEngine):
    """Plotly on SVG: fewer candles, two updates a second. `source` is the URL of plotly.js."""

    name = "plotly"
    label = "Plotly"

    def __init__(self, source: str) -> None:
        self._source = source

    def element(self) -> Component:
        return html.Div(
            id=ids.chart(self.name), className="chart-fill", **attributes(data_source=self._source)
        )


def price_chart(engines: list[ChartEngine]) -> html.Div:
    """Return the chart with its legend and its status line."""
    hosts = [
        html.Div(
            engine.element(), id=ids.chart_host(engine.name), className="chart-host", hidden=at > 0
        )
        for at, engine in enumerate(engines)
    ]
    return html.Div(
        [
            *hosts,
            html.Div(
                [
                    html.Div(id=ids.MARKET_LEGEND, className="legend"),
                    html.Div(id=ids.MARKET_INDICATOR_LEGEND, className="indicator-legend"),
                ],
                className="legends",
            ),
            html.Div(id=ids.MARKET_STATE, className="state", role="status"),
        ],
        id=ids.MARKET_CHART,
        className="panel chart",
        role="group",
        **attributes(aria_label="Candles, volume and indicators of the chosen instrument"),
    )
