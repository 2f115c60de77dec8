"""A model's JSON schema as the fields of a form. Pure."""

from typing import Any


def parameter_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each parameter's type, bounds, choices, default and description."""
    definitions = schema.get("$defs", {})
    return [
        _field(name, field, definitions) for name, field in schema.get("properties", {}).items()
    ]


def exit_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a strategy's exits, if its schema has any."""
    exits = schema.get("$defs", {}).get("Exits", {})
    return parameter_fields({**exits, "$defs": schema.get("$defs", {})})


def _field(name: str, field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    named = field.get("$ref", "").rpartition("/")[2]
    # For an optional field: the other alternative holds the type and the bounds.
    given: dict[str, Any] = next(
        (each for each in field.get("anyOf", []) if each.get("type") != "null"), {}
    )
    whole = {**definitions.get(named, {}), **given, **field}
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
