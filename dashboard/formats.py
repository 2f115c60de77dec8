"""The one place that formats numbers and times for display.

Unknown is a dash, zero is 0, minus is U+2212. The browser's `format` follows the same rules.
"""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from utils import number_format

UNKNOWN = "—"
MINUS = "−"
_DAY_S = 86_400
_UNITS_S = ((_DAY_S, "d"), (3_600, "h"), (60, "min"))


def format_number(value: float | None, decimals: int) -> str:
    """Format a number with so many decimals, such as `−1,234.50`."""
    if value is None or not (exact := Decimal(repr(value))).is_finite():
        return UNKNOWN
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    return text.replace("-", MINUS)


def format_signed(value: float | None, decimals: int) -> str:
    """Format a number with its sign."""
    text = format_number(value, decimals)
    return f"+{text}" if value is not None and value > 0 else text


def percent(fraction: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Format a fraction in percent, such as `12.50 %`."""
    if fraction is None:
        return UNKNOWN
    return f"{(format_signed if signed else format_number)(fraction * 100, decimals)} %"


def format_money(value: float | None, currency: str) -> str:
    """Format an amount with the decimals that its currency and its size need."""
    if value is None:
        return UNKNOWN
    return number_format.format_money(value, currency).replace("-", MINUS)


def format_profit(value: float | None, currency: str) -> str:
    """Format an amount with its sign."""
    text = format_money(value, currency)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text


def format_time(seconds: float, step_s: int = 60) -> str:
    """Format Unix seconds in UTC to the day, the minute or the second, as the step needs."""
    time = datetime.fromtimestamp(seconds, UTC)
    if step_s >= _DAY_S:
        return time.strftime("%Y-%m-%d")
    return time.strftime("%Y-%m-%d %H:%M:%S" if step_s < 60 else "%Y-%m-%d %H:%M")


def format_duration(seconds: float) -> str:
    """Format a duration in its largest unit, such as `1.5 h`."""
    unit, name = next(((unit, name) for unit, name in _UNITS_S if seconds >= unit), (1, "s"))
    return f"{format_number(seconds / unit, 1 if seconds >= 60 else 2)} {name}"


def decimals_of(step: Decimal) -> int:
    """Return how many decimals a price or size needs to show every multiple of `step`."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def utc(time: datetime) -> str:
    """Format a time to the minute, such as `2026-11-22 14:03`."""
    return time.strftime("%Y-%m-%d %H:%M")


def format_json_parameters(parameters: str) -> str:
    """Format parameters, a JSON object, for display: `fast 12, slow 26`."""
    return ", ".join(f"{name} {value}" for name, value in json.loads(parameters).items())


def first_line(text: str) -> str:
    """Return the first line of a text, without a colon at its end."""
    return text.partition("\n")[0].rstrip(":")
