"""Parameter fields of a strategy, read from its model's schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from strategies.strategy_handle import StrategyType

FieldType = Literal["integer", "number", "boolean", "string"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterField:
    """One parameter; nested ones are named by a path: `exits.stop_loss_bps`.

    `low` and `high` are included unless `open_low`, `open_high`. `options`: all allowed values.
    """

    name: str
    type: FieldType
    optional: bool = False
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    step: float | None = None
    options: tuple[Any, ...] = ()


def parameter_fields(strategy_type: StrategyType) -> Mapping[str, ParameterField]:
    """Return every parameter of a strategy by its path."""
    return fields_of_schema(strategy_type.schema)


def fields_of_schema(schema: Mapping[str, Any]) -> Mapping[str, ParameterField]:
    """Return every parameter of a strategy's JSON schema by its path."""
    return {field.name: field for field in _fields_in(schema, schema.get("$defs", {}), "")}


def _fields_in(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], path: str
) -> Iterator[ParameterField]:
    for name, declared in schema.get("properties", {}).items():
        found, optional = _resolved(declared, definitions)
        if found.get("type") == "object":
            yield from _fields_in(found, definitions, f"{path}{name}.")
        elif found.get("type") in ("integer", "number", "boolean", "string"):
            yield _field(f"{path}{name}", found, optional)


def _resolved(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> tuple[Mapping[str, Any], bool]:
    """Resolve a schema; also return whether null is allowed."""
    if "$ref" in schema:
        return definitions[schema["$ref"].rpartition("/")[2]], False
    options = schema.get("anyOf", ())
    something = [option for option in options if option.get("type") != "null"]
    if len(something) != 1:
        return schema, False
    return _resolved(something[0], definitions)[0], len(something) < len(options)


def _field(name: str, schema: Mapping[str, Any], optional: bool) -> ParameterField:
    return ParameterField(
        name=name,
        type=schema["type"],
        optional=optional,
        low=schema.get("minimum", schema.get("exclusiveMinimum")),
        high=schema.get("maximum", schema.get("exclusiveMaximum")),
        open_low="exclusiveMinimum" in schema,
        open_high="exclusiveMaximum" in schema,
        step=schema.get("multipleOf"),
        options=tuple(schema.get("enum", ())),
    )
