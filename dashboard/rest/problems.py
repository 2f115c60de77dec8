"""The one model of every error answer of the API, and what a failed validation becomes in it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from dashboard.rest.schema_types import ResponseModel
from utils.bounds import UnstorableValue, shortened
from utils.errors import ConfigError
from utils.validation_errors import is_required, rule_of

_MAX_NAME_LENGTH = 200
_TOP_LEVEL = 2
"""The length of the place of a field: the body, and its name."""


class ErrorResponse(ResponseModel):
    """Why a request was not served. `field` and `value`: what of the request it concerns."""

    field: Annotated[str, Field(description="The parameter or field; empty if none.")] = ""
    value: Annotated[str, Field(description="What was given there, shortened.")] = ""
    problem: Annotated[
        str, Field(description="What is wrong: a sentence that names field and value.")
    ]
    remedy: Annotated[str, Field(description="What to do about it; empty if unknown.")] = ""


_NOT_SENT_AS_JSON = ErrorResponse(
    field="body",
    problem="the body is not sent as JSON",
    remedy="Set the header Content-Type: application/json.",
)


def problem_of(error: Exception) -> ErrorResponse:
    """Return the problem of an error that a handler raised."""
    field = error.field if isinstance(error, ConfigError) else ""
    return ErrorResponse(field=field, problem=str(error))


def validation_problem(errors: Sequence[Any], fields: Iterable[str] = ()) -> ErrorResponse:
    """Return the first of pydantic's errors; `fields` are those that the body may have."""
    error: Mapping[str, Any] = errors[0]
    place = _place(error["loc"])
    match error["type"]:
        case "json_invalid":
            text = f"the body must be one JSON object: {error['ctx']['error']}"
            return ErrorResponse(field="body", problem=text)
        case _ if is_required(error):
            return ErrorResponse(field=place, problem=f"{place} is required")
        case "extra_forbidden":
            is_nested = len(error["loc"]) > _TOP_LEVEL
            return ErrorResponse(
                field=place,
                problem=f"{place} is not a field of this request",
                remedy="" if is_nested else f"Its fields are {', '.join(fields)}.",
            )
        case _ if place == "body" and isinstance(error["input"], bytes):
            return _NOT_SENT_AS_JSON
    return _value_problem(error, place)


def _value_problem(error: Mapping[str, Any], place: str) -> ErrorResponse:
    problem = rule_of(error)
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, UnstorableValue):
        place = ".".join(filter(None, [place.removeprefix("body"), inner.path])) or "body"
        return ErrorResponse(field=place, problem=f"{place}: {inner.problem}")
    value = shortened(error["input"])
    shown = problem if ", was " in problem else f"{problem}, was {value}"
    return ErrorResponse(field=place, value=value, problem=f"{place}: {shown}")


def _place(location: Sequence[str | int]) -> str:
    """Return where a value is, as in `indicators[0].id`; `body` for the whole body."""
    path = ""
    for part in location[1:]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return (path or str(location[0]))[:_MAX_NAME_LENGTH]
