"""Converts a configuration's schema to the sections of a form, and a form to values. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from dashboard.forms.parameter_fields import parameter_fields

Field = dict[str, Any]
Sections = tuple[tuple[str, tuple[str, ...]], ...]
"""Titles, each with the dotted names of its fields."""

_UNITS = {"_bps": "bps", "_ms": "ms", "_s": "s"}


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
