"""The one place that formats numbers and times for display. Unknown is a dash, zero is 0."""

import json
from datetime import datetime
from decimal import Decimal

UNKNOWN = "—"


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
