"""The description of the API: `/api/openapi.json`, and a page of it without scripts."""

import html
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from string import Template
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.http_api.openapi import openapi_document
from dashboard.http_api.reference import (
    ModelReference,
    ReferenceRow,
    RouteReference,
    model_references,
    route_references,
)
from dashboard.rest.paths import API_ROOT
from utils.codec import encode

_PAGE = Template("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>HTTP API · Truetape</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:dark light;--bg:#0b0e13;--card:#11151c;--line:#262d39;--text:#e4e8ee}
@media(prefers-color-scheme:light){:root{--bg:#f2f4f7;--card:#fff;--line:#d9dde3;--text:#1b2330}}
body{margin:0 auto;max-width:960px;padding:24px;background:var(--bg);color:var(--text);
font:15px/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 20px;
margin:12px 0;overflow-x:auto}h3{margin:4px 0;font:600 15px/1.5 ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:4px 12px 4px 0;
border-top:1px solid var(--line);vertical-align:top}a{color:inherit}p{margin:4px 0}
</style></head><body><h1>HTTP API</h1>$intro
<p><a href="$document">The OpenAPI document</a></p>$content</body></html>""")


def description_routes(routes: Iterable[BaseRoute]) -> Sequence[BaseRoute]:
    """Return the routes that describe these ones."""
    document = openapi_document(routes)
    encoded, page = encode(document), docs_page(document)

    async def openapi(_: Request) -> Response:
        return Response(encoded, media_type="application/json")

    async def docs(_: Request) -> Response:
        return HTMLResponse(page)

    return (
        Route(f"{API_ROOT}/openapi.json", openapi, methods=["GET"]),
        Route(f"{API_ROOT}/docs", docs, methods=["GET"]),
    )


def docs_page(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    intro = document["info"]["description"].strip().split("\n\n")
    return _PAGE.substitute(
        document=f"{API_ROOT}/openapi.json",
        intro="".join(f"<p>{_with_code(paragraph)}</p>" for paragraph in intro),
        content=_with_links("".join(_content(document)), document["components"]["schemas"]),
    )


def _with_code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _with_links(content: str, models: Container[str]) -> str:
    """Return the content with links in cells of tables to the models that they name."""

    def linked(found: re.Match[str]) -> str:
        name = found[0]
        return f'<a href="#{name}">{name}</a>' if name in models else name

    return re.sub(r"(?<=<td>)[^<]+(?=</td>)", lambda cell: re.sub(r"\w+", linked, cell[0]), content)


def _content(document: dict[str, Any]) -> Iterator[str]:
    tag = ""
    for route in route_references(document):
        if route.tag != tag:
            tag = route.tag
            yield f'<h2 id="{html.escape(tag)}">{html.escape(tag)}</h2>'
        yield _route(route)
    yield '<h2 id="models">Models</h2>'
    yield from (_model(model) for model in model_references(document))


def _route(route: RouteReference) -> str:
    facts = [
        ("Operation", route.operation_id),
        ("Role", f"{route.role}{', recorded in the audit log' if route.is_recorded else ''}"),
        ("Body", route.body),
        ("Response", route.response),
        *((f"Error {status}", meaning) for status, meaning in route.errors),
    ]
    rows = "".join(
        f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>" for name, text in facts if text
    )
    title = html.escape(f"{route.method} {route.path}")
    return (
        f'<section id="{html.escape(route.operation_id)}"><h3>{title}</h3>'
        f"<p>{html.escape(route.description)}</p>{_table(route.parameters)}<table>{rows}</table>"
        "</section>"
    )


def _model(model: ModelReference) -> str:
    return (
        f'<section id="{html.escape(model.name)}"><h3>{html.escape(model.name)}</h3>'
        f"<p>{html.escape(model.description or model.type)}</p>{_table(model.fields)}</section>"
    )


def _table(rows: Sequence[ReferenceRow]) -> str:
    lines = "".join(
        f"<tr><th>{html.escape(row.name)}</th><td>{html.escape(row.type)}</td>"
        f"<td>{'required' if row.is_required else ''}</td>"
        f"<td>{html.escape(row.description)}</td></tr>"
        for row in rows
    )
    return f"<table>{lines}</table>" if lines else ""
