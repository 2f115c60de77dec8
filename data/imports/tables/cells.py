"""Convert text cells to exact values, without floats.

Every reader raises InvalidValue for an ambiguous text.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from data.errors import InvalidValue
from data.market.timeframe import EPOCH
from data.market.trade import Side

TimeReader = Callable[[str], datetime]

# No exchange is older than its first coin. The caller sets the other end: now, and a margin.
EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]+", re.ASCII)
_SECONDS = re.compile(r"([0-9]+)(?:\.([0-9]*))?", re.ASCII)
# Sums of candles stay exact, and numbers stay finite, well within these.
_MAX_DIGITS = 40
_MAX_EXPONENT = 30
# Half a unit in the last place of a 32-bit float, and a little more.
_FLOAT_NOISE = Decimal("1e-7")
_MAX_ID = 2**63 - 1
_SIDES = {"buy": Side.BUY, "b": Side.BUY, "sell": Side.SELL, "s": Side.SELL}
_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


class TimeUnit(StrEnum):
    """How a file writes times: a count since 1970 in UTC, or ISO 8601 (UTC if it names no zone)."""

    S = "s"
    MS = "ms"
    US = "us"
    NS = "ns"
    ISO = "iso"


_DECIMALS_OF_A_SECOND = {TimeUnit.S: 0, TimeUnit.MS: 3, TimeUnit.US: 6, TimeUnit.NS: 9}


def read_decimal(text: str, name: str) -> Decimal:
    """Read a number, scientific notation included, with every digit."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise InvalidValue(f"{name} {_quoted(text)} is not a number")
    value = Decimal(text)
    is_scientific = match[1] is not None
    if len(text) > _MAX_DIGITS or (is_scientific and not _is_plain(value)):
        raise InvalidValue(f"{name} {_quoted(text)} has too many digits")
    return value


def on_step(value: Decimal, step: Decimal, name: str) -> Decimal:
    """Return the multiple of `step` that a number equals but for the noise of a 32-bit float."""
    multiple = (value / step).to_integral_value() * step
    if abs(multiple - value) > abs(value) * _FLOAT_NOISE:
        raise InvalidValue(
            f"{name} {value} is not a multiple of the step {step}, and the nearest one, "
            f"{multiple}, "
            "differs by more than a rounding error of floats: is the step right?"
        )
    return multiple


def read_id(text: str, name: str) -> int:
    """Read a whole number from 0 to 2^63 - 1."""
    if not _WHOLE.fullmatch(text) or len(text) > 19 or int(text) > _MAX_ID:
        raise InvalidValue(f"{name} {_quoted(text)} is not a whole number from 0 to {_MAX_ID}")
    return int(text)


def read_side(text: str) -> Side:
    """Read the taker's side: buy or sell, or their first letter, in any case."""
    side = _SIDES.get(text.lower())
    if side is None:
        raise InvalidValue(f"side {_quoted(text)} is neither buy nor sell")
    return side


def read_boolean(text: str, name: str) -> bool:
    """Read true or false, or 1 or 0."""
    value = _BOOLEANS.get(text.lower())
    if value is None:
        raise InvalidValue(f"{name} {_quoted(text)} is neither true nor false")
    return value


def time_reader(unit: TimeUnit, latest: datetime) -> TimeReader:
    """Return a reader of times written in `unit`, none later than `latest`.

    Digits finer than a microsecond are truncated, not rounded: a time stays in its candle.
    """
    read = _read_iso if unit is TimeUnit.ISO else _counter(_DECIMALS_OF_A_SECOND[unit])

    def read_plausible(text: str) -> datetime:
        time = read(text)
        if not EARLIEST <= time <= latest:
            raise InvalidValue(
                f"time {_quoted(text)} read as {unit} is {time.isoformat()}, which is out "
                f"of range: "
                "is --time-unit right?"
            )
        return time

    return read_plausible


def _counter(decimals_of_a_second: int) -> TimeReader:
    def read(text: str) -> datetime:
        match = _SECONDS.fullmatch(text)
        if match is None:
            raise InvalidValue(f"time {_quoted(text)} is not a Unix time")
        digits = match[1] + (match[2] or "")[:9].ljust(9, "0")
        microseconds = int(digits) // 10 ** (3 + decimals_of_a_second)
        try:
            return EPOCH + timedelta(microseconds=microseconds)
        except OverflowError:
            raise InvalidValue(
                f"time {_quoted(text)} is after the year 9999: is --time-unit right?"
            ) from None

    return read


def _read_iso(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValue(f"time {_quoted(text)} is not an ISO 8601 time") from None


def _is_plain(value: Decimal) -> bool:
    """Return whether a number would not be much longer without its exponent."""
    return abs(int(value.as_tuple().exponent)) <= _MAX_EXPONENT


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
