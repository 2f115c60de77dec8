"""The fields of a sweep beside those of its backtest, and suggested ranges. Pure."""

from typing import Any

from backtesting.metrics import METRICS
from backtesting.sweeps.config import SweepConfig
from dashboard.forms.config_form import Field, label, parameter_fields

OWN = "sweep."
VARY = "vary."
SWEEP_FIELD_NAMES = ("search", "objective", "trials", "seed")
_STEPS = 6


def sweep_fields() -> list[Field]:
    """Return the fields of a sweep's own values."""
    fields = {field["name"]: field for field in parameter_fields(SweepConfig.model_json_schema())}
    return [
        {**fields[name], **_objectives(name), "name": OWN + name, "label": label(name)}
        for name in SWEEP_FIELD_NAMES
    ]


def with_range(field: Field) -> Field:
    """Return a parameter's field with a suggested range around its default, as text."""
    return {**field, "range": suggested_range(field)}


def suggested_range(field: Field) -> str:
    """Return some steps around a number's default, within its bounds, or an empty text."""
    default = field["default"]
    if (
        field["type"] not in ("integer", "number")
        or not isinstance(default, int | float)
        or not default
    ):
        return ""
    low, high = sorted((default / 2, default * 2))
    low = low if field["minimum"] is None else max(low, field["minimum"])
    high = high if field["maximum"] is None else min(high, field["maximum"])
    if field["type"] == "integer":
        step = max(1, round((high - low) / _STEPS))
        return f"{int(low)}..{int(high)}:{step}"
    return f"{low:g}..{high:g}:{(high - low) / _STEPS:.2g}"


def _objectives(name: str) -> dict[str, Any]:
    if name != "objective":
        return {}
    choices = [metric.definition.name for metric in METRICS.values() if metric.definition.better]
    return {"type": "choice", "choices": choices}
