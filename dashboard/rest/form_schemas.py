"""Forms of configurations, and parameters in requests and responses."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StrictBool, StrictFloat, StrictInt, StrictStr

from dashboard.rest.schema_types import RequestModel, ResponseModel

ParameterScalar = StrictBool | StrictInt | StrictFloat | StrictStr | None
ParameterValue = ParameterScalar | list[ParameterScalar] | dict[str, ParameterScalar]
"""A value of an indicator's or strategy's parameter; an object has parameters of its own."""


class FormRequest(RequestModel):
    """A filled-in form: texts by the dotted names of fields, as in `costs.taker_fee`."""

    values: dict[str, str]


class FieldSchema(ResponseModel):
    """A field: its bounds, default and description.

    `above`, `below`: the bound itself is not allowed. `choices`: for the type `choice`.
    """

    name: str
    choices: list[ParameterScalar]
    minimum: float | None
    maximum: float | None
    above: bool
    below: bool
    default: JsonValue
    description: str


class ParameterFieldSchema(FieldSchema):
    """A parameter: its type, bounds, default and description.

    `above`, `below`: the bound itself is not allowed. `choices`: for the type `choice`.
    """

    type: Literal["boolean", "choice", "integer", "number", "string", "array", "object"]


class FormFieldSchema(FieldSchema):
    """A field of a form, by its dotted name; a `time` is in UTC."""

    label: str
    type: Literal["boolean", "choice", "integer", "number", "string", "array", "object", "time"]


class FormSectionSchema(ResponseModel):
    """Fields of a form under a title."""

    title: str
    fields: list[FormFieldSchema]


class StrategyChoiceSchema(ResponseModel):
    """A strategy that a form offers, with the fields of its parameters."""

    name: str
    title: str
    description: str
    fields: list[FormFieldSchema]


class FormProblemSchema(ResponseModel):
    """What is wrong with a form, and at which field."""

    field: Annotated[str, Field(description="Empty: the whole form.")]
    text: str
