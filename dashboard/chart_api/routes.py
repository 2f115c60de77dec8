"""The chart's own requests, as JSON: catalog, values and layouts.

They are no callbacks: a chart asks for several spans at once, and every answer counts.
"""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.chart_api.catalog import catalog_payload
from dashboard.chart_api.snapshot import ValuesRequest, values_payload
from dashboard.charts.services import ChartServices
from dashboard.live.hub import LiveHub
from dashboard.request_values import Body, read_body
from dashboard.security.needs import needs, only_asks
from dashboard.security.roles import Role
from strategies.charts import READY_MADE, ChartLayout, Study


class SaveLayout(Body, frozen=True, kw_only=True):
    """Keep these studies under a name."""

    name: str
    studies: tuple[Study, ...]


class RenameLayout(Body, frozen=True, kw_only=True):
    """Give a layout another name."""

    name: str
    new_name: str


class DeleteLayout(Body, frozen=True, kw_only=True):
    """Forget a layout."""

    name: str


def add_chart_routes(server: FastAPI, charts: ChartServices, hub: LiveHub) -> None:
    """Serve the chart below `/charts`."""

    @only_asks
    async def values(request: Request) -> Response:
        asked = await read_body(request, ValuesRequest)
        return json_answer(await values_payload(charts, hub, asked))

    @needs(Role.OPERATOR)
    async def save(request: Request) -> Response:
        asked = await read_body(request, SaveLayout)
        await charts.save_layout(ChartLayout(name=asked.name, studies=asked.studies))
        return await listing(request)

    @needs(Role.OPERATOR)
    async def rename(request: Request) -> Response:
        asked = await read_body(request, RenameLayout)
        await charts.rename_layout(asked.name, asked.new_name)
        return await listing(request)

    @needs(Role.OPERATOR)
    async def delete(request: Request) -> Response:
        await charts.delete_layout((await read_body(request, DeleteLayout)).name)
        return await listing(request)

    async def listing(_: Request) -> Response:
        return json_answer({"ready_made": READY_MADE, "saved": await charts.layouts()})

    async def catalog(_: Request) -> Response:
        return json_answer(catalog_payload())

    server.add_route("/charts/catalog", answering(catalog), methods=["GET"])
    server.add_route("/charts/layouts", answering(listing), methods=["GET"])
    server.add_route("/charts/values", answering(values), methods=["POST"])
    server.add_route("/charts/layouts/save", answering(save), methods=["POST"])
    server.add_route("/charts/layouts/rename", answering(rename), methods=["POST"])
    server.add_route("/charts/layouts/delete", answering(delete), methods=["POST"])
