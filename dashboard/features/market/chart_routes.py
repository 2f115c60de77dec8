"""The chart's own requests, as JSON: catalog, values and layouts.

They are no Dash callbacks: a chart requests several spans at once, and needs every response.
"""

import inspect
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.market.chart_snapshot import ValuesRequest, values_payload
from dashboard.forms.config_form import parameter_fields
from dashboard.live.hub import LiveHub
from dashboard.rest.request_values import Body, read_body
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from dashboard.services import DashboardServices
from strategies.charts import BUILT_IN_LAYOUTS, ChartIndicator, ChartLayout
from strategies.charts.ports import ChartLayoutRepository
from strategies.errors import LayoutMissing, LayoutNameTaken
from strategies.indicators import INDICATORS, Indicator, Output

_RESERVED = frozenset(layout.name for layout in BUILT_IN_LAYOUTS)


class SaveLayout(Body, frozen=True, kw_only=True):
    """Keep these indicators under a name."""

    name: str
    indicators: tuple[ChartIndicator, ...]


class RenameLayout(Body, frozen=True, kw_only=True):
    """Give a layout another name."""

    name: str
    new_name: str


class DeleteLayout(Body, frozen=True, kw_only=True):
    """Delete a layout."""

    name: str


def add_chart_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve the chart below `/charts`."""
    layouts, read = services.layouts, services.thread_pools.read

    @read_only
    async def values(request: Request) -> Response:
        params = await read_body(request, ValuesRequest)
        return json_response(await values_payload(services, hub, params))

    @requires_role(Role.OPERATOR)
    async def save(request: Request) -> Response:
        params = await read_body(request, SaveLayout)
        layout = ChartLayout(name=params.name, indicators=params.indicators)
        await read(save_layout, layouts, layout)
        return await listing(request)

    @requires_role(Role.OPERATOR)
    async def rename(request: Request) -> Response:
        params = await read_body(request, RenameLayout)
        await read(rename_layout, layouts, params.name, params.new_name)
        return await listing(request)

    @requires_role(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        name = (await read_body(request, DeleteLayout)).name
        if not await read(layouts.delete, name):
            raise LayoutMissing(name)
        return await listing(request)

    async def listing(_: Request) -> Response:
        return json_response({"ready_made": BUILT_IN_LAYOUTS, "saved": await read(layouts.all)})

    async def catalog(_: Request) -> Response:
        return json_response(catalog_payload())

    server.add_route("/api/v1/charts/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/api/v1/charts/layouts", handle_errors(listing), methods=["GET"])
    server.add_route("/api/v1/charts/values", handle_errors(values), methods=["POST"])
    server.add_route("/api/v1/charts/layouts/save", handle_errors(save), methods=["POST"])
    server.add_route("/api/v1/charts/layouts/rename", handle_errors(rename), methods=["POST"])
    server.add_route("/api/v1/charts/layouts/delete", handle_errors(delete), methods=["POST"])


def save_layout(layouts: ChartLayoutRepository, layout: ChartLayout) -> None:
    """Insert or replace a layout. Raises ConfigError, LayoutNameTaken for a built-in name."""
    layout.check()
    _refuse_reserved(layout.name)
    layouts.save(layout)


def rename_layout(layouts: ChartLayoutRepository, name: str, new_name: str) -> None:
    """Give a layout another name. Raises ConfigError, LayoutMissing, LayoutNameTaken."""
    ChartLayout(name=new_name)
    _refuse_reserved(new_name)
    if name in _RESERVED:
        raise LayoutMissing(name)
    layouts.rename(name, new_name)


def _refuse_reserved(name: str) -> None:
    if name in _RESERVED:
        raise LayoutNameTaken(name)


def catalog_payload() -> list[dict[str, Any]]:
    """Return every indicator: what it is, how it is drawn, and its parameters with bounds."""
    return [_indicator(kind) for kind in INDICATORS]


def _indicator(kind: type[Indicator]) -> dict[str, Any]:
    summary, _, detail = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": summary.partition(": ")[0].rstrip("."),
        "about": f"{summary}\n\n{detail}",
        "pane": kind.pane.value,
        "outputs": [_output(output) for output in kind.outputs],
        "levels": list(kind.levels),
        "filled": kind.filled,
        "parameters": parameter_fields(kind.model_json_schema()),
    }


def _output(output: Output) -> dict[str, Any]:
    return {
        "name": output.name,
        "colour": output.colour.value,
        "falling": output.falling.value,
        "sign": output.sign,
        "shape": output.shape,
        "width": output.width,
    }
