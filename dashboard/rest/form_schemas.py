"""Parameters in requests and responses: their values, and the fields of their forms."""

from typing import Literal

from pydantic import StrictBool, StrictFloat, StrictInt, StrictStr

from dashboard.rest.schema_types import ResponseModel

ParameterScalar = StrictBool | StrictInt | StrictFloat | StrictStr | None
ParameterValue = ParameterScalar | list[ParameterScalar] | dict[str, ParameterScalar]
"""A value of an indicator's or strategy's parameter; an object has parameters of its own."""


class ParameterFieldSchema(ResponseModel):
    """A parameter: its type, bounds, default and description.

    `above`, `below`: the bound itself is not allowed. `choices`: for the type `choice`.
    """

    name: str
    type: Literal["boolean", "choice", "integer", "number", "string", "array", "object"]
    choices: list[ParameterScalar]
    minimum: float | None
    maximum: float | None
    above: bool
    below: bool
    default: ParameterValue
    description: str
