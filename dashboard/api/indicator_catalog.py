"""The catalog of indicators as JSON for the browser's list and forms. Pure."""

import inspect
from typing import Any

from dashboard.forms.parameter_fields import parameter_fields
from strategies.indicators import INDICATORS, Indicator, Output


def catalog_payload() -> list[dict[str, Any]]:
    """Return every indicator: what it is, how it is drawn, and its parameters with bounds."""
    return [_indicator(kind) for kind in INDICATORS]


def _indicator(kind: type[Indicator]) -> dict[str, Any]:
    summary, _, detail = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    return {
        "name": kind.name,
        "title": kind.title,
        "summary": summary.partition(": ")[0].rstrip("."),
        "about": f"{summary}\n\n{detail}",
        "pane": kind.pane.value,
        "outputs": [_output(output) for output in kind.outputs],
        "levels": list(kind.levels),
        "filled": kind.filled,
        "parameters": parameter_fields(kind.model_json_schema()),
    }


def _output(output: Output) -> dict[str, Any]:
    return {
        "name": output.name,
        "colour": output.colour.value,
        "falling": output.falling.value,
        "sign": output.sign,
        "shape": output.shape,
        "width": output.width,
    }
