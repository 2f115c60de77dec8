"""The one codec for messages and stored values: JSON, exact, validated on decoding.

Values are msgspec structs. Decimals are encoded as strings, times as RFC 3339 in UTC. Decoding
runs the constructor's checks, so a decoded value is as valid as one that was built here.
"""

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from utils.errors import TruetapeError

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()


class CodecError(TruetapeError):
    """The bytes are not a valid value of the requested type."""


@cache
def _decoder(of: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(of)


def encode(value: Any) -> bytes:
    """Encode a value as compact JSON."""
    return _ENCODER.encode(value)


def decode(of: type[T], raw: bytes | str) -> T:
    """Decode JSON into `of`. Raises CodecError if it does not fit or breaks a rule of the type."""
    try:
        value: T = _decoder(cast(Hashable, of)).decode(raw)
    except msgspec.DecodeError as error:
        raise CodecError(f"not a {of.__name__}: {error}") from error
    return value
