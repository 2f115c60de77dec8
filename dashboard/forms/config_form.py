"""Forms of configurations: fields from schemas, values from texts, and texts from values. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from strategies.strategy_files import StrategyFile
from utils.codec import decode

Field = dict[str, Any]
Sections = tuple[tuple[str, tuple[str, ...]], ...]
"""Titles, each with the dotted names of its fields."""

_UNITS = {"_bps": "bps", "_ms": "ms", "_s": "s"}


def parameter_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each parameter's type, bounds, choices, default and description."""
    definitions = schema.get("$defs", {})
    return [
        _parameter_field(name, field, definitions)
        for name, field in schema.get("properties", {}).items()
    ]


def exit_fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a strategy's exits, if its schema has any."""
    exits = schema.get("$defs", {}).get("Exits", {})
    return parameter_fields({**exits, "$defs": schema.get("$defs", {})})


def fields_of(schema: dict[str, Any], *, exclude: Collection[str]) -> dict[str, Field]:
    """Return every field of a schema by its dotted name, without the excluded ones."""
    return {
        name: field for name, field in _leaves(schema, "") if name.partition(".")[0] not in exclude
    }


def sections_of(sections: Sections, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """Return the form: titles, each with its fields."""
    return [
        {
            "title": title,
            "fields": [{"label": _label(fields[name]), **fields[name]} for name in names],
        }
        for title, names in sections
    ]


def strategy_fields(schema: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a strategy's own parameters; its exits are fields of the main form."""
    return [
        {**field, "label": label(field["name"]), "name": f"parameters.{field['name']}"}
        for field in parameter_fields(dict(schema))
        if field["type"] in ("integer", "number", "boolean", "string", "choice")
    ]


def strategy_choices(files: Iterable[StrategyFile]) -> list[dict[str, Any]]:
    """Return every strategy of these files."""
    return [
        {
            "name": facts.name,
            "title": facts.title or facts.name,
            "description": facts.description.partition("\n")[0],
            "fields": strategy_fields(decode(dict, facts.parameters)),
        }
        for file in files
        for facts in file.strategies
    ]


def label(name: str) -> str:
    """Return a name for display, with the unit it ends in: `Slippage, bps`."""
    last = name.rpartition(".")[2]
    for suffix, unit in _UNITS.items():
        if last.endswith(suffix):
            return f"{_capitalized(last.removesuffix(suffix))}, {unit}"
    return _capitalized(last)


def _label(field: Field) -> str:
    return f"{label(field['name'])}{', UTC' if field['type'] == 'time' else ''}"


def config_values(given: Mapping[str, str], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the values of a form, nested as the configuration is; empty fields are left out.

    Texts of integers and booleans are converted where the field has that type; invalid text stays
    text, for the model to refuse.
    """
    values: dict[str, Any] = {}
    for name, text in given.items():
        if text.strip():
            part, _, last = name.rpartition(".")
            place = values.setdefault(part, {}) if part else values
            place[last] = _typed(text.strip(), fields.get(name, {}).get("type", "string"))
    return values


def flat_values(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a configuration as the texts of its form fields."""
    values: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            values.update(flat_values(value, f"{prefix}{name}."))
        elif value is not None:
            is_boolean = isinstance(value, bool)
            values[f"{prefix}{name}"] = str(value).lower() if is_boolean else str(value)
    return values


def format_parameters(parameters: Mapping[str, Any]) -> str:
    """Return parameters for display: `fast 12, slow 26`."""
    flat = flat_values(parameters).items()
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in flat)


def _typed(text: str, kind: str) -> Any:
    try:
        match kind:
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}[text]
    except (ValueError, KeyError):
        pass
    return text


def _capitalized(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _parameter_field(
    name: str, field: dict[str, Any], definitions: dict[str, Any]
) -> dict[str, Any]:
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


def _leaves(schema: dict[str, Any], prefix: str) -> Iterator[tuple[str, Field]]:
    definitions = schema.get("$defs", {})
    for field in parameter_fields(schema):
        name = field["name"]
        part = _part(schema["properties"][name], definitions)
        if part is not None:
            yield from _leaves({**part, "$defs": definitions}, f"{prefix}{name}.")
        else:
            is_time = schema["properties"][name].get("format") == "date-time"
            kind = "time" if is_time else field["type"]
            yield f"{prefix}{name}", {**field, "name": f"{prefix}{name}", "type": kind}


def _part(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    """Return the definition of a field that has fields of its own."""
    for form in (field, *field.get("anyOf", [])):
        named: dict[str, Any] = definitions.get(form.get("$ref", "").rpartition("/")[2], {})
        if "properties" in named:
            return named
    return None
