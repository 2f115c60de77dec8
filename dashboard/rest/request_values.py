"""Values of requests: bodies and query parameters, validated before anything is read or written.

Every function raises InvalidValue, naming parameter or field, what is allowed and what was given.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.requests import Request

from data import InstrumentId, Timeframe
from data.errors import InvalidValue
from utils.bounds import MAX_INT, check_line, check_plain, shortened

B = TypeVar("B", bound=msgspec.Struct)

MAX_TEXT = 200
Line = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]
RowNumber = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
UnixSeconds = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
"""In requests: a time since 1970."""

_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.+)`", re.DOTALL)


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON body of a request; unknown fields are refused."""


async def read_body(request: Request, kind: type[B]) -> B:
    """Return the JSON body of a request."""
    try:
        values = msgspec.json.decode(await request.body())
    # A ValueError: bytes that are no UTF-8.
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"the body must be one JSON object: {error}") from error
    if not isinstance(values, dict):
        raise InvalidValue(f"the body must be one JSON object, was {shortened(values)}")
    try:
        check_plain(values)
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise InvalidValue(_problem(str(error), values, kind)) from error
    except ValueError as error:
        raise InvalidValue(str(error)) from error


def text(query: Mapping[str, str], name: str, *, max_length: int = MAX_TEXT) -> str:
    """Return a query parameter of one line; "" if it is missing."""
    try:
        return check_line(query.get(name, ""), max_length=max_length)
    except ValueError as error:
        raise InvalidValue(f"{name} {error}, was {shortened(query[name])}") from error


def required_text(query: Mapping[str, str], name: str) -> str:
    """Return a required query parameter of one line."""
    if not (given := text(query, name)):
        raise InvalidValue(f"{name} is required")
    return given


def one_of(query: Mapping[str, str], name: str, allowed: Collection[str], default: str) -> str:
    """Return a query parameter that must be one of the allowed texts."""
    return choice(name, query.get(name) or default, allowed)


def choice(name: str, given: str, allowed: Collection[str]) -> str:
    """Return a value that must be one of the allowed texts."""
    if given not in allowed:
        raise InvalidValue(f"{name} must be one of {', '.join(allowed)}, was {shortened(given)}")
    return given


def instrument(query: Mapping[str, str], name: str) -> InstrumentId:
    """Return a query parameter that names an instrument."""
    given = text(query, name)
    try:
        return InstrumentId.parse(given)
    except InvalidValue as error:
        raise InvalidValue(f"{name}: {error}") from error


def timeframe(query: Mapping[str, str], name: str) -> Timeframe:
    """Return a query parameter that names a timeframe."""
    return Timeframe(choice(name, query.get(name, ""), tuple(Timeframe)))


def integer(query: Mapping[str, str], name: str) -> int:
    """Return a query parameter that is a whole number of at least 0."""
    return whole_number(name, query.get(name, ""))


def whole_number(name: str, given: str) -> int:
    """Return a whole number of at least 0."""
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(MAX_INT))
    if not is_number or int(given) > MAX_INT:
        raise InvalidValue(f"{name} must be a whole number up to {MAX_INT}, was {shortened(given)}")
    return int(given)


def number(
    query: Mapping[str, str], name: str, default: float, most: float, least: float = 0.01
) -> float:
    """Return a query parameter from `least` to `most`."""
    given = query.get(name, "")
    try:
        value = float(given[:40]) if given else default
    except ValueError:
        value = math.nan
    # NaN fails every comparison.
    if not least <= value <= most:
        raise InvalidValue(f"{name} must be from {least:g} to {most:g}, was {shortened(given)}")
    return value


def _problem(message: str, values: Mapping[str, Any], kind: type[msgspec.Struct]) -> str:
    """Return a validation error as a sentence that names field and value."""
    found = _PATH.search(message)
    path = found["path"].replace("[...]", "") if found else ""
    explanation = message[: found.start()] if found else message
    explanation = explanation[:1].lower() + explanation[1:]
    if (missing := _MISSING.fullmatch(message[: found.start()] if found else message)) is not None:
        return f"{_joined(path, missing['name'])} is required"
    if (unknown := _UNKNOWN.fullmatch(message[: found.start()] if found else message)) is not None:
        known = "" if path else f"; allowed are {', '.join(kind.__struct_fields__)}"
        return f"{_joined(path, unknown['name'])[:MAX_TEXT]} is not a field of this request{known}"
    given = _value_at(values, path)
    was = "" if given is _NOT_FOUND else f", was {shortened(given)}"
    return f"{path or 'the body'}: {explanation}{was}"


_NOT_FOUND: Any = object()


def _value_at(values: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path such as `indicators[0].indicator`; _NOT_FOUND if there is none."""
    found: Any = values
    try:
        for part in re.findall(r"[^.\[\]]+|\[\d+\]", path):
            found = found[int(part[1:-1]) if part.startswith("[") else part]
    except (KeyError, IndexError, TypeError):
        return _NOT_FOUND
    return found


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
