"""Requests made at random from the OpenAPI document: no 500, and every answer as described."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dashboard.http_api.openapi import openapi_document
from dashboard.security.keys import Keys, new_token
from dashboard.security.roles import Role
from dashboard.server import API_ROUTERS
from scripts.composition.authentication import key_file
from tests.integration.dashboard_platform import Platform, open_platform
from tests.web import HOST

pytestmark = pytest.mark.integration

SEED = 20_261_130
EXAMPLES = 6
# These start, stop or restore something, or run for long: they have tests of their own.
COMMANDS_OF_PROCESSES = frozenset(
    {
        "/api/v1/backtests/run", "/api/v1/sweeps/run", "/api/v1/bots/command",
        "/api/v1/bots/verify", "/api/v1/system/data-jobs/start", "/api/v1/system/restart",
    }
)  # fmt: skip
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip

DOCUMENT = openapi_document(route for router in API_ROUTERS for route in router.routes)
# Without the security schemes: tokens are ours.
SCHEMA = schemathesis.openapi.from_dict({**DOCUMENT, "security": []})
OPERATIONS = {
    operation.definition.raw["operationId"]: operation
    for each in SCHEMA.get_all_operations()
    for operation in [each.ok()]
    if operation.path not in COMMANDS_OF_PROCESSES
}
TOKENS = {role: new_token(role.value, role, datetime(2026, 1, 1, tzinfo=UTC)) for role in Role}


@pytest.fixture(scope="module")
def platform(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> Iterator[Platform]:
    with open_platform(tmp_path_factory.mktemp("data"), database_url, redis_url) as platform:
        key_file(platform.settings).save(Keys(tokens=tuple(token for token, _ in TOKENS.values())))
        yield platform


@pytest.mark.parametrize("name", OPERATIONS)
def test_random_requests_are_answered_as_described(platform: Platform, name: str) -> None:
    operation = OPERATIONS[name]

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=requests_of(operation), role=st.sampled_from(Role))
    def check(case: Any, role: Role) -> None:
        answer = runner.run(send(platform, case, TOKENS[role][1]))
        case.validate_response(answer, checks=CHECKS)

    with asyncio.Runner() as runner:
        check()


def requests_of(operation: Any) -> st.SearchStrategy[Any]:
    """Return requests as described, and such that break the description, if it can be broken."""
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.query.items or operation.body.items):
        return good
    return st.one_of(good, operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))


async def send(platform: Platform, case: Any, token: str) -> httpx.Response:
    """Send a generated request as a program with a token."""
    request = case.as_transport_kwargs(base_url=f"http://{HOST}")
    request.pop("cookies", None)
    if "data" in request:
        request["content"] = request.pop("data")
    transport = httpx.ASGITransport(platform.server, raise_app_exceptions=False)  # type: ignore[arg-type]
    headers = {**request.pop("headers"), "authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport) as client:
        return await client.request(**request, headers=headers)
