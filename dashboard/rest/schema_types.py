"""The base classes and shared types of request and response models.

Decimals are strings in JSON, and so are whole numbers that may exceed 2^53: JavaScript rounds both.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from data import InstrumentId
from utils.bounds import MAX_INT, BoundedModel, check_line

MAX_LINE_LENGTH = 200


class RequestModel(BoundedModel):
    """The JSON body of a request: unknown fields and values that cannot be stored are refused."""


class ResponseModel(BaseModel):
    """A JSON object of a response."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EmptyResponse(ResponseModel):
    """The answer to a command that has no result."""


def _line(text: str) -> str:
    return check_line(text, max_length=MAX_LINE_LENGTH)


def _instrument(name: object) -> InstrumentId:
    return name if isinstance(name, InstrumentId) else InstrumentId.parse(_line(str(name)))


Line = Annotated[str, AfterValidator(_line), Field(max_length=MAX_LINE_LENGTH)]
"""A text of one line without control characters."""

RowNumber = Annotated[int, Field(strict=True, ge=0, le=MAX_INT)]
"""In a body: the number of a stored row."""

UnixSeconds = Annotated[int, Field(strict=True, ge=0, le=MAX_INT)]
"""In a body: a time since 1970."""

InstrumentIdText = Annotated[
    InstrumentId,
    PlainValidator(_instrument),
    PlainSerializer(str),
    WithJsonSchema(
        {"type": "string", "maxLength": MAX_LINE_LENGTH, "examples": ["simulated:BTC-USDT"]}
    ),
]
"""An instrument, as in `exchange:BASE-QUOTE`."""

DecimalText = Annotated[
    Decimal, PlainSerializer(str), WithJsonSchema({"type": "string", "format": "decimal"})
]
"""In a response: an exact decimal, as a string."""

BigInteger = Annotated[
    int, PlainSerializer(str), WithJsonSchema({"type": "string", "format": "int64"})
]
"""In a response: a whole number that may exceed 2^53, as a string."""
