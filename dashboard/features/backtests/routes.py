"""The routes of backtests: their form, jobs of backtests and sweeps, and stored backtests."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from dashboard.features.backtests.schemas import (
    AnnotateBacktestRequest,
    BacktestCandlesResponse,
    BacktestCatalogResponse,
    BacktestResponse,
    BacktestRowSchema,
    CheckedBacktestResponse,
    ComparedBacktestSchema,
    DeleteBacktestsRequest,
    PromotionResponse,
    RunJobRequest,
    StoredSpanResponse,
    backtest_response,
    backtest_row_schemas,
    checked_backtest_response,
    compared_backtest_schemas,
)
from dashboard.features.run_schemas import (
    RunJobSchema,
    RunJobsResponse,
    run_job_schema,
    run_jobs_response,
)
from dashboard.http_api.dependencies import CurrentUser, Services
from dashboard.http_api.routes import api_router, errors, refused_form
from dashboard.jobs.run_jobs import RunKind
from dashboard.read_limits import time_from
from dashboard.rest.form_schemas import FormRequest
from dashboard.rest.request_values import whole_number
from dashboard.rest.responses import (
    BAD_REQUEST,
    NOT_FOUND,
    UNAVAILABLE,
    refused_form_response,
)
from dashboard.rest.schema_types import InstrumentIdText
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from data import Timeframe
from data.errors import InvalidValue
from utils.bounds import MAX_INT

MAX_TAG_LENGTH = 40
MAX_TAGS = 20

BacktestId = Annotated[int, Query(ge=0, le=MAX_INT)]

router = api_router("backtests")


@router.get("", responses=errors(UNAVAILABLE))
async def list_backtests(services: Services) -> list[BacktestRowSchema]:
    """Return the stored backtests, newest first."""
    return backtest_row_schemas(await services.thread_pools.run(services.backtests.history))


@router.get("/catalog", responses=errors(UNAVAILABLE))
async def get_backtest_catalog(services: Services) -> BacktestCatalogResponse:
    """Return the fields and choices of the forms, and the definitions of the metrics."""
    catalog = await services.thread_pools.run(services.backtests.catalog)
    return BacktestCatalogResponse.model_validate(catalog)


@router.get("/span", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_stored_span(
    instrument: InstrumentIdText, timeframe: Timeframe, services: Services
) -> StoredSpanResponse:
    """Return from when to when candles of an instrument are stored."""
    run, span = services.thread_pools.run, services.backtests.stored_span
    return StoredSpanResponse.model_validate(await run(span, instrument, timeframe))


@router.post("/check", responses=errors(BAD_REQUEST, UNAVAILABLE))
@read_only
async def check_backtest_form(body: FormRequest, services: Services) -> CheckedBacktestResponse:
    """Return the configuration of a form, or its problems."""
    checked = await services.thread_pools.run(services.backtests.check, body.values)
    return checked_backtest_response(checked)


@router.post(
    "/run",
    response_model=RunJobSchema,
    responses=refused_form(CheckedBacktestResponse) | errors(BAD_REQUEST, UNAVAILABLE),
)
@requires_role(Role.OPERATOR)
async def run_backtest(
    body: FormRequest, services: Services, user: CurrentUser
) -> RunJobSchema | Response:
    """Queue the backtest of a form, and return its job; one that waits or runs is not queued twice.

    Its job is listed with those of sweeps.
    """
    checked = await services.thread_pools.run(services.backtests.check, body.values)
    if checked.config is None:
        return refused_form_response(checked_backtest_response(checked))
    config = checked.config.model_dump(mode="json")
    return run_job_schema(services.runs.submit(RunKind.BACKTEST, config, user.name))


@router.get("/jobs")
async def list_run_jobs(services: Services) -> RunJobsResponse:
    """Return the jobs of backtests and sweeps, newest first."""
    return run_jobs_response(services.runs.all())


@router.post("/cancel", responses=errors(BAD_REQUEST, NOT_FOUND))
@requires_role(Role.OPERATOR)
async def cancel_run_job(body: RunJobRequest, services: Services) -> RunJobsResponse:
    """Cancel a job that waits or runs, and return all."""
    services.runs.cancel(body.job)
    return run_jobs_response(services.runs.all())


@router.post("/dismiss", responses=errors(BAD_REQUEST, NOT_FOUND))
@requires_role(Role.OPERATOR)
async def dismiss_run_job(body: RunJobRequest, services: Services) -> RunJobsResponse:
    """Remove a finished job from the list, and return all others."""
    services.runs.dismiss(body.job)
    return run_jobs_response(services.runs.all())


@router.post("/annotate", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def annotate_backtest(
    body: AnnotateBacktestRequest, services: Services
) -> list[BacktestRowSchema]:
    """Replace note and tags of a stored backtest, and return all."""
    annotate, tags = services.backtests.kept.annotate, _tags(body.tags)
    await services.thread_pools.run(annotate, body.backtest, body.note.strip(), tags)
    return await list_backtests(services)


@router.post("/delete", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def delete_backtests(
    body: DeleteBacktestsRequest, services: Services
) -> list[BacktestRowSchema]:
    """Delete stored backtests, and return all others."""
    await services.thread_pools.run(services.backtests.delete, body.backtests)
    return await list_backtests(services)


@router.get("/result", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_backtest(id: BacktestId, services: Services) -> BacktestResponse:
    """Return a stored backtest with all its details."""

    def read() -> BacktestResponse:
        return backtest_response(services.backtests.result(id))

    return await services.thread_pools.run(read)


@router.get("/promotion", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_promotion(id: BacktestId, services: Services) -> PromotionResponse:
    """Return the configuration of a bot that trades as a stored backtest did."""
    promotion = await services.thread_pools.run(services.backtests.promotion, id)
    return PromotionResponse.model_validate(promotion)


@router.get("/candles", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_backtest_candles(
    id: BacktestId,
    services: Services,
    at: Annotated[str, Query(description="A time in Unix seconds; empty: the end.")] = "",
) -> BacktestCandlesResponse:
    """Return the candles of a stored backtest around a time, and its round trips there."""
    time = time_from("at", at) if at else None
    window = await services.thread_pools.run(services.backtests.window, id, time)
    return BacktestCandlesResponse.model_validate(window)


@router.get("/compared", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def compare_backtests(
    ids: Annotated[str, Query(description="Numbers, separated by commas.")], services: Services
) -> list[ComparedBacktestSchema]:
    """Return the metrics and the growth of some stored backtests."""
    numbers = [whole_number("ids", text) for text in ids.split(",")]

    def read() -> list[ComparedBacktestSchema]:
        return compared_backtest_schemas(services.backtests.compared(numbers))

    return await services.thread_pools.run(read)


def _tags(tags: list[str]) -> list[str]:
    unique = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(unique) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH for tag in unique):
        raise InvalidValue(
            f"at most {MAX_TAGS} tags of at most {MAX_TAG_LENGTH} characters are allowed"
        )
    return unique
