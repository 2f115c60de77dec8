"""Every typed route of the API: its models, role, errors and description; hot bodies."""

import typing
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from dashboard.http_api.openapi import api_routes, openapi_document, operations
from dashboard.http_api.routes import ApiRoute
from dashboard.rest.problems import ErrorResponse
from dashboard.rest.schema_types import RequestModel
from dashboard.security.permissions import declared_permission
from tests.dashboard_world import BTC, World
from tests.unit.dashboard.test_every_route import methods_of, path_of, routes
from tests.web import ORIGIN, a_client, a_server

API_ROUTES = api_routes(routes())
DOCUMENT = openapi_document(routes())
OPERATIONS = operations(DOCUMENT)

# Measured as hot: these encode their answers, instead of a model that FastAPI encodes.
MARKET = f"symbol={BTC}&timeframe=1m"
HOT: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "get_newest_candles": ("GET", f"/api/v1/candles/newest?{MARKET}", None),
    "get_older_candles": ("GET", f"/api/v1/candles/older?{MARKET}&before=1736121600", None),
    "get_indicator_values": (
        "POST",
        "/api/v1/charts/values",
        {
            "symbol": str(BTC),
            "timeframe": "1m",
            "since": 1736121600,
            "indicators": [
                {"id": "a", "indicator": "ema"},
                {"id": "b", "indicator": "ema", "parameters": {"length": 0}},
            ],
        },
    ),
    "list_log_lines": ("GET", "/api/v1/system/logs?level=DEBUG", None),
}
_SUCCESS = 200


@pytest.fixture
def client() -> httpx.AsyncClient:
    client = a_client(a_server(world=World()))
    client.headers.update(ORIGIN)
    return client


def answer_type(route: APIRoute) -> Any:
    """Return the type of a successful answer; None for one without a declared model."""
    declared = route.response_fields.get(_SUCCESS) or route.response_field
    return declared.field_info.annotation if declared else None


def types_within(kind: Any, seen: set[type[BaseModel]]) -> Iterator[Any]:
    """Yield a type and all types that its parts have."""
    yield kind
    for part in typing.get_args(kind):
        yield from types_within(part, seen)
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
        seen.add(kind)
        for field in kind.model_fields.values():
            yield from types_within(field.annotation, seen)


def body_type(route: APIRoute) -> Any:
    return route.body_field.field_info.annotation if route.body_field else None


def test_there_are_typed_routes() -> None:
    assert len(API_ROUTES) >= 7


def test_every_route_of_the_api_is_typed() -> None:
    untyped = {
        path_of(route)
        for route in routes()
        if path_of(route).startswith("/api/v1/") and not isinstance(route, ApiRoute)
    }
    assert untyped == set()


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: route.name)
def test_a_route_declares_its_models_and_errors(route: ApiRoute) -> None:
    takes_values = bool(route.dependant.query_params or route.body_field)
    assert (400 in route.responses) is takes_values, "errors(BAD_REQUEST) goes with parameters"
    is_csv = route.response_class is not None and "text/csv" in str(route.responses)
    assert answer_type(route) is not None or is_csv
    if route.body_field is not None:
        assert issubclass(body_type(route), RequestModel)
    permission = declared_permission(route)
    assert methods_of(route) == {"GET"} or permission is not None


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda route: route.name)
def test_no_part_of_a_model_is_any_or_a_bare_object(route: ApiRoute) -> None:
    parts = [
        part
        for kind in (answer_type(route), body_type(route))
        for part in types_within(kind, set())
    ]
    assert not {Any, object, dict, list, BaseModel} & {part for part in parts if part.__hash__}


def test_every_operation_is_described_and_named_once() -> None:
    assert len(OPERATIONS) == len(API_ROUTES)
    for operation in OPERATIONS:
        assert operation["description"].endswith("."), operation["operationId"]
        assert operation["x-role"] in ("viewer", "operator", "admin"), operation["operationId"]
        assert len(operation["tags"]) == 1
    names = Counter(operation["operationId"] for operation in OPERATIONS)
    assert [name for name, count in names.items() if count > 1] == []


def test_the_checker_finds_any_and_bare_objects_within_models() -> None:
    class Part(BaseModel):
        values: list[dict[str, Any]]

    class Whole(BaseModel):
        part: Part | None

    assert Any in set(types_within(list[Whole], set()))


def test_every_error_is_a_problem() -> None:
    assert "HTTPValidationError" not in str(DOCUMENT)
    reference = f"#/components/schemas/{ErrorResponse.__name__}"
    for operation in OPERATIONS:
        for status, response in operation["responses"].items():
            if status not in ("200", "422"):
                (content,) = response["content"].values()
                assert content["schema"] == {"$ref": reference}


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_route_answers_what_it_declares(client: httpx.AsyncClient, name: str) -> None:
    method, path, body = HOT[name]
    (route,) = [route for route in API_ROUTES if route.name == name]
    answer = await client.request(method, path, json=body)
    assert answer.status_code == _SUCCESS, answer.text
    TypeAdapter(answer_type(route)).validate_json(answer.content)


def test_the_hot_routes_are_those_without_a_model_that_fastapi_encodes() -> None:
    encoding = {route.name for route in API_ROUTES if route.response_field is None}
    assert {name for name in encoding if not name.endswith("_csv")} == set(HOT)


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/access/nothing", "/api/v2/access/me"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_an_unknown_path_of_the_api_is_a_json_404(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 404
    assert (
        ErrorResponse.model_validate_json(answer.content).problem == f"Nothing is served at {path}"
    )


async def test_another_method_of_a_path_is_answered_with_those_it_has(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/api/v1/access/me")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert "GET" in ErrorResponse.model_validate_json(answer.content).remedy


async def test_the_api_is_described_without_scripts_and_other_hosts(
    client: httpx.AsyncClient,
) -> None:
    document = await client.get("/api/openapi.json")
    assert document.json() == DOCUMENT
    page = await client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in page.text
    assert '<td><a href="#SessionsResponse">SessionsResponse</a></td>' in page.text
    assert "<script" not in page.text
    assert "//" not in page.text


async def test_a_wrong_field_is_named_with_its_value_and_the_fields_that_there_are(
    client: httpx.AsyncClient,
) -> None:
    path = "/api/v1/access/sessions/revoke"
    wrong = ErrorResponse.model_validate_json(
        (await client.post(path, json={"session": 7})).content
    )
    assert (wrong.field, wrong.value) == ("session", "7")
    assert wrong.problem == "session: must be a text, was 7"
    more = {"session": "x", "surprise": 1}
    unknown = ErrorResponse.model_validate_json((await client.post(path, json=more)).content)
    assert (unknown.field, unknown.remedy) == ("surprise", "Its fields are session.")
    assert unknown.problem == "surprise is not a field of this request"
    missing = await client.get("/api/v1/candles/newest?timeframe=1m")
    assert missing.status_code == 400
    assert missing.json()["problem"] == "symbol is required"
