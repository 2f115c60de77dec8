"""Bounded types: the one set of limits for numbers, texts, names and times that come from outside.

Settings, JSON models, forms, requests, commands and sockets declare their fields with these types.
Pydantic models name them as annotations (or derive from `BoundedModel`); everything else calls
`utils.readers.read_as(Port, text, source="--port")`, or one of the plain functions, which raise
ValueError.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import IPv6Address, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

MAX_TEXT = 10_000
MAX_TOPIC = 300
MAX_DEPTH = 16
MAX_ITEMS = 20_000
MAX_INT = 2**63 - 1
"""The greatest integer that a database column, a numpy array and the kernel can hold."""

MAX_DECIMALS = 20
MAX_DIGITS = 38
MAX_AMOUNT = Decimal(10) ** 15
MAX_DAYS = 36_500
MAX_SECONDS = 366 * 86_400

EARLIEST_TIME = datetime(1678, 1, 1, tzinfo=UTC)
LATEST_TIME = datetime(2262, 1, 1, tzinfo=UTC)
"""The last time that PostgreSQL, numpy datetime64[ns] and int64 microseconds can all hold."""

_SHOWN = 60


def shortened(value: object) -> str:
    """Return a value for an error message: printable, at most 60 characters."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of more than 77 digits"
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


class UnstorableValue(ValueError):
    """Part of a JSON value cannot be stored; `path` locates it, empty for the whole value."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"{path}: {problem}" if path else problem)


# Texts


def check_text(text: str, *, max_length: int = MAX_TEXT) -> str:
    """Return a text that every store and socket can hold.

    Raises ValueError for a NUL character, a lone surrogate, or more than `max_length` characters.
    """
    if len(text) > max_length:
        raise ValueError(f"must have at most {max_length:,} characters, has {len(text):,}")
    if "\0" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode: it contains a lone surrogate") from None
    return text


def check_line(text: str, *, max_length: int = MAX_TOPIC) -> str:
    """Return a text of one line without control characters. Raises ValueError."""
    check_text(text, max_length=max_length)
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def check_plain(value: object) -> None:
    """Refuse JSON that cannot be stored: a bad text, inf, nan or too large an integer anywhere.

    Raises UnstorableValue; also for more than `MAX_DEPTH` levels or `MAX_ITEMS` values.
    """
    pending: list[tuple[str, int, object]] = [("", 0, value)]
    count = 0
    while pending:
        path, depth, found = pending.pop()
        count += 1
        if count > MAX_ITEMS:
            raise UnstorableValue("", f"must hold at most {MAX_ITEMS:,} values")
        if depth > MAX_DEPTH:
            raise UnstorableValue("", f"must be nested at most {MAX_DEPTH} levels deep")
        try:
            pending += _checked_parts(path, depth, found)
        except ValueError as error:
            raise UnstorableValue(path, str(error)) from None


def _checked_parts(path: str, depth: int, value: object) -> list[tuple[str, int, object]]:
    match value:
        case str():
            check_text(value)
        case bool():
            pass
        case int() if abs(value) > MAX_INT:
            raise ValueError(f"must be within {-MAX_INT} and {MAX_INT}, was {shortened(value)}")
        case float() if not math.isfinite(value):
            raise ValueError(f"must be a finite number, was {value}")
        case Mapping():
            for key in value:
                check_text(str(key), max_length=MAX_TOPIC)
            prefix = f"{path}." if path else ""
            return [(f"{prefix}{key}", depth + 1, part) for key, part in value.items()]
        case list() | tuple() | set() | frozenset():
            return [(f"{path}[{place}]", depth + 1, part) for place, part in enumerate(value)]
    return []


# Decimals


def check_decimal(value: Decimal) -> Decimal:
    """Return a finite decimal of at most 38 digits, 20 of them decimals. Raises ValueError.

    Bounded before anything computes with it: 1e999999999 is a valid Decimal that takes a gigabyte
    to write out.
    """
    if not value.is_finite():
        raise ValueError("must be a finite number")
    sign, digits, exponent = value.as_tuple()
    del sign
    assert isinstance(exponent, int)
    if value and (
        value.adjusted() >= MAX_DIGITS - MAX_DECIMALS or value.adjusted() < -MAX_DECIMALS
    ):
        raise ValueError(
            f"must be 0 or between 1e-{MAX_DECIMALS} and 1e{MAX_DIGITS - MAX_DECIMALS}"
        )
    if len(digits) > MAX_DIGITS or not -MAX_DECIMALS <= exponent <= MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} digits and {MAX_DECIMALS} decimals")
    return value


def _check_number_text(value: object) -> object:
    """Refuse the text of a number that is too long, before it is parsed."""
    if isinstance(value, str) and len(value) > 2 * MAX_DIGITS:
        raise ValueError(f"must be a number of at most {MAX_DIGITS} digits")
    if isinstance(value, int) and abs(value) > 10**MAX_DIGITS:
        raise ValueError(f"must have at most {MAX_DIGITS} digits")
    return value


_PLAIN = (BeforeValidator(_check_number_text), AfterValidator(check_decimal))

BoundedDecimal = Annotated[Decimal, _PLAIN[0], _PLAIN[1]]
Money = Annotated[BoundedDecimal, Field(ge=0, le=MAX_AMOUNT)]
PositiveMoney = Annotated[BoundedDecimal, Field(gt=0, le=MAX_AMOUNT)]
Price = Annotated[BoundedDecimal, Field(gt=0, le=MAX_AMOUNT)]
Size = Annotated[BoundedDecimal, Field(gt=0, le=MAX_AMOUNT)]
Step = Annotated[BoundedDecimal, Field(gt=0, le=MAX_AMOUNT)]
Fraction = Annotated[BoundedDecimal, Field(ge=0, le=1)]
Rate = Annotated[BoundedDecimal, Field(ge=-1, le=1)]
BasisPoints = Annotated[BoundedDecimal, Field(ge=0, le=1_000_000)]

# Counts and durations. Floats are finite.

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
PositiveCount = Annotated[int, Field(ge=1, le=1_000_000_000)]
RowLimit = Annotated[int, Field(ge=1, le=100_000)]
RowId = Annotated[int, Field(ge=0, le=MAX_INT)]
Port = Annotated[int, Field(ge=1, le=65_535)]
Milliseconds = Annotated[int, Field(ge=0, le=86_400_000)]
Seconds = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]
PositiveSeconds = Annotated[float, Field(ge=0.001, le=MAX_SECONDS, allow_inf_nan=False)]
Days = Annotated[float, Field(ge=0, le=MAX_DAYS, allow_inf_nan=False)]
PositiveDays = Annotated[float, Field(gt=0, le=MAX_DAYS, allow_inf_nan=False)]
Megabytes = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
PositiveMegabytes = Annotated[float, Field(ge=0.001, le=1_000_000_000, allow_inf_nan=False)]
Gigabytes = Annotated[float, Field(ge=0.000_001, le=1_000_000, allow_inf_nan=False)]

# Texts, names and addresses

Text = Annotated[str, AfterValidator(check_text)]
Line = Annotated[str, AfterValidator(check_line)]
Reason = Annotated[str, Field(max_length=MAX_TOPIC), AfterValidator(check_line)]
Topic = Annotated[str, Field(min_length=1, max_length=MAX_TOPIC), AfterValidator(check_line)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
ClassName = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(check_line)]
InstrumentName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(check_line)]


def check_host(host: str) -> str:
    """Return a host name or an IP address: no scheme, port, path or space. Raises ValueError."""
    check_line(host, max_length=253)
    if not host or any(character in "/@?# \\" for character in host) or "://" in host:
        raise ValueError("must be a host name or an IP address, without scheme, port or path")
    if ":" in host:
        try:
            IPv6Address(host)
        except ValueError:
            raise ValueError("must not contain a port: set the port separately") from None
    return host


def check_network(text: str) -> str:
    """Return an IP address or network, but not one that covers all. Raises ValueError."""
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(
            "must be an IP address or network, such as 127.0.0.1 or 10.0.0.0/24"
        ) from None
    if network.prefixlen == 0:
        raise ValueError("must not include every address: name the proxy's own")
    return text


def _check_url(url: str, schemes: tuple[str, ...]) -> str:
    example = f"must look like {schemes[-1]}://host:port, without user, path or query"
    try:
        parts = urlsplit(check_line(url))
        port = parts.port
    except ValueError:
        raise ValueError(example) from None
    if parts.scheme not in schemes or not parts.hostname or port == 0 or " " in url:
        raise ValueError(example)
    if url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError(example)
    check_host(parts.hostname)
    return url


def check_server_url(url: str) -> str:
    """Return the URL of an HTTP server: scheme, host and port only. Raises ValueError."""
    return _check_url(url, ("http", "https"))


def check_socket_url(url: str) -> str:
    """Return the URL of a WebSocket server: scheme, host and port only. Raises ValueError."""
    return _check_url(url, ("ws", "wss"))


def check_mail_address(address: str) -> str:
    """Return an e-mail address, as in alerts@example.org. Raises ValueError."""
    check_line(address, max_length=254)
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(character in address for character in " ,;<>"):
        raise ValueError("must be one e-mail address, such as alerts@example.org")
    check_host(host)
    return address


Host = Annotated[str, AfterValidator(check_host)]
Network = Annotated[str, AfterValidator(check_network)]
ServerUrl = Annotated[str, AfterValidator(check_server_url)]
SocketUrl = Annotated[str, AfterValidator(check_socket_url)]
MailAddress = Annotated[str, AfterValidator(check_mail_address)]


# Times


def check_time(time: datetime) -> datetime:
    """Return an aware time, in UTC, that database and arrays can hold. Raises ValueError."""
    if time.tzinfo is None:
        raise ValueError("must include a time zone, such as 2026-01-31T00:00:00Z")
    try:
        time = time.astimezone(UTC)
    except OverflowError:
        time = datetime.min.replace(tzinfo=UTC)
    if not EARLIEST_TIME <= time <= LATEST_TIME:
        raise ValueError(f"must be between {EARLIEST_TIME:%Y-%m-%d} and {LATEST_TIME:%Y-%m-%d}")
    return time


Time = Annotated[datetime, AfterValidator(check_time)]


# Models


class BoundedModel(BaseModel):
    """A frozen model that refuses unknown keys and every value that cannot be stored.

    The whole input is checked before the fields are, so that plain `str` and `dict[str, Any]`
    fields are bounded, too.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _check_plain(cls, values: object) -> object:
        check_plain(values)
        return values
