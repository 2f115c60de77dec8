"""The catalog of indicators as the browser's list and forms take it. Pure."""

import inspect
from typing import Any

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
        "parameters": parameters_payload(kind.model_json_schema()),
    }


def _output(output: Output) -> dict[str, Any]:
    return {
        "name": output.name,
        "colour": output.colour.value,
        "falling": output.falling.value,
        "sign": output.sign,
        "shape": output.shape,
        "width": output.width,
        "shift": output.shift,
    }


def parameters_payload(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a model's JSON schema as form fields: type, bounds, choices, default, description."""
    definitions = schema.get("$defs", {})
    return [
        _parameter(name, field, definitions) for name, field in schema.get("properties", {}).items()
    ]


def _parameter(name: str, field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    named = field.get("$ref", "").rpartition("/")[2]
    whole = {**definitions.get(named, {}), **field}
    return {
        "name": name,
        "type": "choice" if "enum" in whole else whole.get("type", "string"),
        "choices": whole.get("enum", []),
        "minimum": whole.get("minimum", whole.get("exclusiveMinimum")),
        "maximum": whole.get("maximum", whole.get("exclusiveMaximum")),
        "above": "exclusiveMinimum" in whole,
        "below": "exclusiveMaximum" in whole,
        "default": whole.get("default"),
        "description": whole.get("description", ""),
    }
