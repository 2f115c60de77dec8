"""The chart's own requests: catalog, values and layouts.

They are no Dash callbacks: a chart requests several spans at once, and needs every response.
"""

from starlette.responses import Response

from dashboard.features.market.chart_schemas import (
    DeleteLayoutRequest,
    IndicatorSchema,
    LayoutsResponse,
    RenameLayoutRequest,
    SaveLayoutRequest,
    ValuesRequest,
    ValuesResponse,
    chart_layout,
    indicator_schema,
    layouts_response,
)
from dashboard.features.market.chart_snapshot import values_payload
from dashboard.http_api.dependencies import Hub, Services
from dashboard.http_api.routes import api_router, encoded, errors
from dashboard.rest.responses import BAD_REQUEST, CONFLICT, NOT_FOUND, UNAVAILABLE, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from strategies.charts import BUILT_IN_LAYOUTS, ChartLayout
from strategies.charts.ports import ChartLayoutRepository
from strategies.errors import LayoutMissing, LayoutNameTaken
from strategies.indicators import INDICATORS

_RESERVED = frozenset(layout.name for layout in BUILT_IN_LAYOUTS)

router = api_router("charts")


@router.get("/catalog")
async def list_indicators() -> list[IndicatorSchema]:
    """Return every indicator: what it is, how it is drawn, and its parameters with bounds."""
    return [indicator_schema(kind) for kind in INDICATORS]


@router.post(
    "/values",
    response_class=Response,
    responses=encoded(ValuesResponse) | errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE),
)
@read_only
async def get_indicator_values(body: ValuesRequest, services: Services, hub: Hub) -> Response:
    """Return the values of indicators over a span, which live frames continue."""
    return json_response(await values_payload(services, hub, body))


@router.get("/layouts", responses=errors(UNAVAILABLE))
async def list_layouts(services: Services) -> LayoutsResponse:
    """Return the built-in and the saved layouts."""
    return layouts_response(await services.thread_pools.run(services.layouts.all))


@router.post("/layouts/save", responses=errors(BAD_REQUEST, CONFLICT, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def save_layout(body: SaveLayoutRequest, services: Services) -> LayoutsResponse:
    """Insert a layout, or replace the saved one of its name."""
    await services.thread_pools.run(store_layout, services.layouts, chart_layout(body))
    return await list_layouts(services)


@router.post("/layouts/rename", responses=errors(BAD_REQUEST, NOT_FOUND, CONFLICT, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def rename_layout(body: RenameLayoutRequest, services: Services) -> LayoutsResponse:
    """Give a saved layout another name."""
    layouts = services.layouts
    await services.thread_pools.run(store_layout_name, layouts, body.name, body.new_name)
    return await list_layouts(services)


@router.post("/layouts/delete", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def delete_layout(body: DeleteLayoutRequest, services: Services) -> LayoutsResponse:
    """Delete a saved layout."""
    if not await services.thread_pools.run(services.layouts.delete, body.name):
        raise LayoutMissing(body.name)
    return await list_layouts(services)


def store_layout(layouts: ChartLayoutRepository, layout: ChartLayout) -> None:
    """Insert or replace a layout. Raises ConfigError, LayoutNameTaken for a built-in name."""
    layout.check()
    _refuse_reserved(layout.name)
    layouts.save(layout)


def store_layout_name(layouts: ChartLayoutRepository, name: str, new_name: str) -> None:
    """Give a layout another name. Raises ConfigError, LayoutMissing, LayoutNameTaken."""
    ChartLayout(name=new_name)
    _refuse_reserved(new_name)
    if name in _RESERVED:
        raise LayoutMissing(name)
    layouts.rename(name, new_name)


def _refuse_reserved(name: str) -> None:
    if name in _RESERVED:
        raise LayoutNameTaken(name)
