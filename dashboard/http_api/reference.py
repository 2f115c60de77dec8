"""The reference of the API as text, from its OpenAPI document. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

_SUCCESS = "200"


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A parameter of a route, or a field of a model."""

    name: str
    type: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class RouteReference:
    """A route. `body` and `response` are types; `errors` are statuses with their meaning."""

    tag: str
    method: str
    path: str
    operation_id: str
    description: str
    role: str
    is_recorded: bool
    parameters: tuple[ReferenceRow, ...]
    body: str
    response: str
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ModelReference:
    """A model of requests or responses."""

    name: str
    description: str
    fields: tuple[ReferenceRow, ...]
    type: str


def route_references(document: Json) -> Iterator[RouteReference]:
    """Yield the routes of a document, in its order."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _route_reference(path, method, operation)


def model_references(document: Json) -> Iterator[ModelReference]:
    """Yield the models of a document, by name."""
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = frozenset(schema.get("required", ()))
        yield ModelReference(
            name=name,
            description=one_line(schema.get("description", "")),
            fields=tuple(
                _row(field, part, field in required)
                for field, part in schema.get("properties", {}).items()
            ),
            type="" if "properties" in schema else type_text(schema),
        )


def type_text(schema: Json) -> str:
    """Return the type of a JSON schema in words, as in `list of Session`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema or "oneOf" in schema:
        kinds = schema.get("anyOf") or schema["oneOf"]
        return " or ".join(dict.fromkeys(type_text(each) for each in kinds))
    if "enum" in schema:
        return " or ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    return _plain_type(schema)


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def markdown_reference(document: Json) -> str:
    """Return the reference as a page of the documentation."""
    return "\n".join(_markdown_lines(document)) + "\n"


def _plain_type(schema: Json) -> str:
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"[{', '.join(type_text(each) for each in schema['prefixItems'])}]"
        case "array":
            return f"list of {type_text(schema.get('items', {}))}"
        case "object" if "additionalProperties" in schema:
            return f"object of {type_text(schema['additionalProperties'])}"
        case None:
            return "any JSON"
        case kind:
            form = schema.get("format")
            return f"{kind} ({form})" if form else str(kind)


def _route_reference(path: str, method: str, operation: Json) -> RouteReference:
    responses: Json = operation["responses"]
    return RouteReference(
        tag=operation["tags"][0],
        method=method.upper(),
        path=path,
        operation_id=operation["operationId"],
        description=one_line(operation.get("description", "")),
        role=operation["x-role"] or "everyone",
        is_recorded=operation["x-recorded"],
        parameters=tuple(
            _row(each["name"], each["schema"], each["required"], each.get("description", ""))
            for each in operation.get("parameters", ())
        ),
        body=_content_type(operation.get("requestBody", {})),
        response=_content_type(responses[_SUCCESS]),
        errors=tuple(
            (status, one_line(response["description"]))
            for status, response in sorted(responses.items())
            if status != _SUCCESS
        ),
    )


def _content_type(holder: Json) -> str:
    return " or ".join(
        type_text(content["schema"]) if content.get("schema") else media_type
        for media_type, content in holder.get("content", {}).items()
    )


def _row(name: str, schema: Json, is_required: bool, description: str = "") -> ReferenceRow:
    text = one_line(description or schema.get("description", ""))
    return ReferenceRow(name, type_text(schema), is_required, text)


def _markdown_lines(document: Json) -> Iterator[str]:
    yield f"# HTTP API\n\n{document['info']['description']}"
    yield "Made from the code by `uv run truetape maintenance reference`; a test compares them.\n"
    tag = ""
    for route in route_references(document):
        if route.tag != tag:
            tag = route.tag
            yield f"## {tag}\n"
        yield from _route_lines(route)
    yield "## Models\n"
    for model in model_references(document):
        yield from _model_lines(model)


def _route_lines(route: RouteReference) -> Iterator[str]:
    recorded = "; a command, listed in the audit log" if route.is_recorded else ""
    yield f"### {route.method} {route.path}\n"
    yield f"{route.description}\n"
    yield f"- Operation: `{route.operation_id}`. Role: {route.role}{recorded}."
    if route.body:
        yield f"- Body: {route.body}."
    yield f"- Response: {route.response}."
    yield f"- Errors: {', '.join(status for status, _ in route.errors)}.\n"
    yield from _table("parameter", route.parameters)


def _model_lines(model: ModelReference) -> Iterator[str]:
    yield f"### {model.name}\n"
    if model.description:
        yield f"{model.description}\n"
    if model.type:
        yield f"Type: {model.type}\n"
    yield from _table("field", model.fields)


def _table(head: str, rows: Iterable[ReferenceRow]) -> Iterator[str]:
    if not (lines := [_table_row(row) for row in rows]):
        return
    yield f"| {head} | type | required | meaning |\n| --- | --- | --- | --- |"
    yield from lines
    yield ""


def _table_row(row: ReferenceRow) -> str:
    required = "yes" if row.is_required else ""
    cells = (f"`{row.name}`", row.type, required, row.description)
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|")
