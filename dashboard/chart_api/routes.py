"""The chart's own requests, as JSON: catalog, values and layouts.

They are no callbacks: a chart asks for several spans at once, and every answer counts.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.chart_api.catalog import catalog_payload
from dashboard.chart_api.snapshot import ValuesRequest, values_payload
from dashboard.charts.services import ChartServices
from dashboard.live.hub import LiveHub
from data.errors import InvalidValue
from strategies.charts import READY_MADE, ChartLayout, Study
from strategies.charts.errors import LayoutRefused
from utils.codec import CodecError, decode, encode
from utils.errors import ConfigError, ExternalServiceError

log = logging.getLogger("truetape.dashboard")

BAD_REQUEST, REFUSED, LATER = 400, 409, 503


class SaveLayout(msgspec.Struct, frozen=True, kw_only=True):
    """Keep these studies under a name."""

    name: str
    studies: tuple[Study, ...]


class RenameLayout(msgspec.Struct, frozen=True, kw_only=True):
    """Give a layout another name."""

    name: str
    new_name: str


class DeleteLayout(msgspec.Struct, frozen=True, kw_only=True):
    """Forget a layout."""

    name: str


def add_chart_routes(server: FastAPI, charts: ChartServices, hub: LiveHub) -> None:
    """Serve the chart below `/charts`."""

    async def values(request: Request) -> Response:
        asked = decode(ValuesRequest, await request.body())
        return _json(await values_payload(charts, hub, asked, datetime.now(UTC)))

    async def save(request: Request) -> Response:
        asked = decode(SaveLayout, await request.body())
        await charts.save_layout(ChartLayout(name=asked.name, studies=asked.studies))
        return await listing(request)

    async def rename(request: Request) -> Response:
        asked = decode(RenameLayout, await request.body())
        await charts.rename_layout(asked.name, asked.new_name)
        return await listing(request)

    async def delete(request: Request) -> Response:
        await charts.delete_layout(decode(DeleteLayout, await request.body()).name)
        return await listing(request)

    async def listing(_: Request) -> Response:
        return _json({"ready_made": READY_MADE, "saved": await charts.layouts()})

    async def catalog(_: Request) -> Response:
        return _json(catalog_payload())

    server.add_route("/charts/catalog", answering(catalog), methods=["GET"])
    server.add_route("/charts/layouts", answering(listing), methods=["GET"])
    server.add_route("/charts/values", answering(values), methods=["POST"])
    server.add_route("/charts/layouts/save", answering(save), methods=["POST"])
    server.add_route("/charts/layouts/rename", answering(rename), methods=["POST"])
    server.add_route("/charts/layouts/delete", answering(delete), methods=["POST"])


Answer = Callable[[Request], Awaitable[Response]]


def answering(answer: Answer) -> Answer:
    """Answer a request; what is wrong becomes a status and a sentence for the person."""

    async def guarded(request: Request) -> Response:
        try:
            return await answer(request)
        except (CodecError, InvalidValue, ConfigError) as error:
            return _json({"problem": str(error)}, BAD_REQUEST)
        except LayoutRefused as error:
            return _json({"problem": str(error)}, REFUSED)
        except ExternalServiceError as error:
            log.warning("chart request failed", extra={"reason": str(error)})
            return _json({"problem": str(error)}, LATER)

    return guarded


def _json(payload: Any, status: int = 200) -> Response:
    return Response(encode(payload), status, media_type="application/json")
