"""The chart's own requests, as JSON: catalog, values and layouts.

They are no Dash callbacks: a chart requests several spans at once, and needs every response.
"""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.api.chart_snapshot import ValuesRequest, values_payload
from dashboard.api.indicator_catalog import catalog_payload
from dashboard.charts.services import ChartServices
from dashboard.live.hub import LiveHub
from dashboard.rest.request_values import Body, read_body
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from strategies.charts import BUILT_IN_LAYOUTS, ChartIndicator, ChartLayout


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


def add_chart_routes(server: FastAPI, charts: ChartServices, hub: LiveHub) -> None:
    """Serve the chart below `/charts`."""

    @read_only
    async def values(request: Request) -> Response:
        params = await read_body(request, ValuesRequest)
        return json_response(await values_payload(charts, hub, params))

    @requires_role(Role.OPERATOR)
    async def save(request: Request) -> Response:
        params = await read_body(request, SaveLayout)
        await charts.save_layout(ChartLayout(name=params.name, indicators=params.indicators))
        return await listing(request)

    @requires_role(Role.OPERATOR)
    async def rename(request: Request) -> Response:
        params = await read_body(request, RenameLayout)
        await charts.rename_layout(params.name, params.new_name)
        return await listing(request)

    @requires_role(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        await charts.delete_layout((await read_body(request, DeleteLayout)).name)
        return await listing(request)

    async def listing(_: Request) -> Response:
        return json_response({"ready_made": BUILT_IN_LAYOUTS, "saved": await charts.layouts()})

    async def catalog(_: Request) -> Response:
        return json_response(catalog_payload())

    server.add_route("/charts/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/charts/layouts", handle_errors(listing), methods=["GET"])
    server.add_route("/charts/values", handle_errors(values), methods=["POST"])
    server.add_route("/charts/layouts/save", handle_errors(save), methods=["POST"])
    server.add_route("/charts/layouts/rename", handle_errors(rename), methods=["POST"])
    server.add_route("/charts/layouts/delete", handle_errors(delete), methods=["POST"])
