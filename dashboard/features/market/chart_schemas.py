"""Requests and responses of `/api/v1/charts`."""

import inspect
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field

from dashboard.forms.config_form import parameter_fields
from dashboard.rest.form_schemas import ParameterFieldSchema, ParameterValue
from dashboard.rest.schema_types import InstrumentIdText, RequestModel, ResponseModel
from data import Timeframe
from strategies.charts import BUILT_IN_LAYOUTS, ChartIndicator, ChartLayout
from strategies.indicators import Indicator, Output

ChartTime = Annotated[int, Field(strict=True, description="Unix seconds.")]


class IndicatorRequest(RequestModel):
    """An indicator whose values are requested. `id` is the browser's own name for it."""

    id: str
    indicator: str
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)


class ValuesRequest(RequestModel):
    """Values of indicators from `since` up to `until`, or up to the newest candle."""

    symbol: InstrumentIdText
    timeframe: Timeframe
    since: ChartTime
    until: ChartTime | None = None
    indicators: list[IndicatorRequest]


class ChartIndicatorRequest(RequestModel):
    """An indicator of a layout. `colours` by output, `#rrggbb`; `hidden`: it is not drawn."""

    indicator: str
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    colours: dict[str, str] = Field(default_factory=dict)
    hidden: Annotated[bool, Field(strict=True)] = False


class SaveLayoutRequest(RequestModel):
    """Keep these indicators under a name."""

    name: str
    indicators: list[ChartIndicatorRequest]


class RenameLayoutRequest(RequestModel):
    """Give a layout another name."""

    name: str
    new_name: str


class DeleteLayoutRequest(RequestModel):
    """Delete a layout."""

    name: str


class ChartIndicatorSchema(ResponseModel):
    """An indicator of a layout; what is not named is as in the catalog."""

    indicator: str
    parameters: dict[str, ParameterValue]
    colours: dict[str, str]
    hidden: bool


class ChartLayoutSchema(ResponseModel):
    """The indicators of a chart, from the top down, under a name."""

    name: str
    indicators: list[ChartIndicatorSchema]


class LayoutsResponse(ResponseModel):
    """The built-in layouts, which cannot be changed, and those that users saved."""

    ready_made: list[ChartLayoutSchema]
    saved: list[ChartLayoutSchema]


class IndicatorOutputSchema(ResponseModel):
    """An output of an indicator, and how it is drawn by default.

    `sign`: the output that chooses the colour, `falling` where it is below zero.
    """

    name: str
    colour: str
    falling: str
    sign: str
    shape: Literal["line", "dashes", "histogram", "unseen"]
    width: int


class IndicatorSchema(ResponseModel):
    """An indicator of the catalog: its outputs, how it is drawn, and its parameters."""

    name: str
    title: str
    summary: str
    about: str
    pane: str
    outputs: list[IndicatorOutputSchema]
    levels: list[float]
    filled: tuple[str, str] | None
    parameters: list[ParameterFieldSchema]


class IndicatorValuesSchema(ResponseModel):
    """The values of an indicator: a column per output, null where there is none.

    `topic` is where live values follow; `shifts` are candles by which an output is drawn later.
    """

    id: str
    topic: str
    label: str
    shifts: list[int]
    columns: list[list[float | None]]


class IndicatorProblemSchema(ResponseModel):
    """Why an indicator has no values: the problem of a parameter."""

    id: str
    field: str
    problem: str


class ValuesResponse(ResponseModel):
    """Times in Unix seconds, and the values of each indicator at these.

    `epoch` and `numbers` (by topic) are the last frames that the values contain.
    """

    epoch: str
    numbers: dict[str, int]
    time: list[int]
    indicators: list[IndicatorValuesSchema | IndicatorProblemSchema]


def chart_layout(body: SaveLayoutRequest) -> ChartLayout:
    """Return the layout of a request. Raises ConfigError."""
    indicators = [ChartIndicator(**dict(each)) for each in body.indicators]
    return ChartLayout(name=body.name, indicators=tuple(indicators))


def layouts_response(saved: Iterable[ChartLayout]) -> LayoutsResponse:
    """Return all layouts as a response."""
    return LayoutsResponse(
        ready_made=[_layout(layout) for layout in BUILT_IN_LAYOUTS],
        saved=[_layout(layout) for layout in saved],
    )


def indicator_schema(kind: type[Indicator]) -> IndicatorSchema:
    """Return an indicator: what it is, how it is drawn, and its parameters with bounds."""
    summary, _, detail = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    return IndicatorSchema(
        name=kind.name,
        title=kind.title,
        summary=summary.partition(": ")[0].rstrip("."),
        about=f"{summary}\n\n{detail}",
        pane=kind.pane.value,
        outputs=[_output(output) for output in kind.outputs],
        levels=list(kind.levels),
        filled=kind.filled,
        parameters=[
            ParameterFieldSchema.model_validate(field)
            for field in parameter_fields(kind.model_json_schema())
        ],
    )


def _layout(layout: ChartLayout) -> ChartLayoutSchema:
    return ChartLayoutSchema.model_validate(layout, from_attributes=True)


def _output(output: Output) -> IndicatorOutputSchema:
    return IndicatorOutputSchema(
        name=output.name,
        colour=output.colour.value,
        falling=output.falling.value,
        sign=output.sign,
        shape=output.shape,
        width=output.width,
    )
