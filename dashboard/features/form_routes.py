"""What the routes of forms share: the body, the response, and the job of a valid form."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.forms.validation import CheckedForm
from dashboard.jobs.run_jobs import RunKind, run_payload
from dashboard.rest.request_values import Body, read_body
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from dashboard.services import DashboardServices

UNPROCESSABLE = 422
"""The status of a response to a form that cannot be run or stored."""


class Form(Body, frozen=True, kw_only=True):
    """A filled-in form: texts by the dotted names of fields."""

    values: dict[str, str]


def form_response(checked: CheckedForm[Any], status: int = 200) -> Response:
    """Return the configuration of a form, or its problems."""
    config = None if checked.config is None else checked.config.model_dump(mode="json")
    payload = {field.name: getattr(checked, field.name) for field in fields(checked)}
    return json_response(payload | {"config": config}, status)


def add_run_routes(
    server: FastAPI,
    path: str,
    kind: RunKind,
    check: Callable[[Mapping[str, str]], CheckedForm[Any]],
    services: DashboardServices,
) -> None:
    """Serve the check of a form, and the submission of a valid one as a job.

    `check` blocks; it returns the configuration of a form, or its problems.
    """

    async def checked_form(request: Request) -> CheckedForm[Any]:
        return await services.thread_pools.run(check, (await read_body(request, Form)).values)

    @read_only
    async def validate(request: Request) -> Response:
        return form_response(await checked_form(request))

    @requires_role(Role.OPERATOR)
    async def run(request: Request) -> Response:
        checked = await checked_form(request)
        if checked.config is None:
            return form_response(checked, UNPROCESSABLE)
        config = checked.config.model_dump(mode="json")
        return json_response(run_payload(services.runs.submit(kind, config, request.user.name)))

    server.add_route(f"{path}/check", handle_errors(validate), methods=["POST"])
    server.add_route(f"{path}/run", handle_errors(run), methods=["POST"])
