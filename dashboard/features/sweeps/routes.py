"""The routes of sweeps: their form, and stored sweeps. Their jobs are with those of backtests."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from dashboard.features.run_schemas import RunJobSchema, run_job_schema
from dashboard.features.sweeps.schemas import (
    CheckedSweepResponse,
    SweepResponse,
    SweepRowSchema,
    checked_sweep_response,
    sweep_response,
    sweep_row_schemas,
)
from dashboard.http_api.dependencies import CurrentUser, Services
from dashboard.http_api.routes import api_router, errors, refused_form
from dashboard.jobs.run_jobs import RunKind
from dashboard.rest.form_schemas import FormRequest
from dashboard.rest.responses import (
    BAD_REQUEST,
    NOT_FOUND,
    UNAVAILABLE,
    refused_form_response,
)
from dashboard.rest.schema_types import Line
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role

USUAL_METRIC = "sharpe"

router = api_router("sweeps")


@router.get("", responses=errors(UNAVAILABLE))
async def list_sweeps(services: Services) -> list[SweepRowSchema]:
    """Return the stored sweeps, newest first."""
    return sweep_row_schemas(await services.thread_pools.run(services.backtests.sweeps))


@router.post("/check", responses=errors(BAD_REQUEST, UNAVAILABLE))
@read_only
async def check_sweep_form(body: FormRequest, services: Services) -> CheckedSweepResponse:
    """Return the configuration of a form, or its problems."""
    checked = await services.thread_pools.run(services.backtests.check_sweep, body.values)
    return checked_sweep_response(checked)


@router.post(
    "/run",
    response_model=RunJobSchema,
    responses=refused_form(CheckedSweepResponse) | errors(BAD_REQUEST, UNAVAILABLE),
)
@requires_role(Role.OPERATOR)
async def run_sweep(
    body: FormRequest, services: Services, user: CurrentUser
) -> RunJobSchema | Response:
    """Queue the sweep of a form, and return its job; one that waits or runs is not queued twice."""
    checked = await services.thread_pools.run(services.backtests.check_sweep, body.values)
    if checked.config is None:
        return refused_form_response(checked_sweep_response(checked))
    config = checked.config.model_dump(mode="json")
    return run_job_schema(services.runs.submit(RunKind.SWEEP, config, user.name))


@router.get("/result", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_sweep(
    services: Services,
    digest: Line = "",
    by: Annotated[Line, Query(description="The metric to order by.")] = USUAL_METRIC,
) -> SweepResponse:
    """Return a stored sweep with its trials, the best by a metric first."""

    def read() -> SweepResponse:
        return sweep_response(services.backtests.sweep(digest, by or USUAL_METRIC))

    return await services.thread_pools.run(read)
