"""The requests of the System page."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from dashboard.features.system.logs import AUDIT, LogQuery
from dashboard.features.system.schemas import (
    AlertRequest,
    AlertSchema,
    CancelDataJobRequest,
    ChannelSchema,
    ChannelTestRequest,
    ChannelTestResponse,
    DataJobRequest,
    DataJobSchema,
    DeliverySchema,
    HistoryPointSchema,
    LogsResponse,
    MuteAlertRequest,
    ParagraphSchema,
    QualityResponse,
    RestartRequest,
    alert_schema,
    channel_schema,
    channel_test_response,
    data_job_schema,
    delivery_schema,
    history_point_schema,
    paragraph_schema,
    quality_response,
)
from dashboard.http_api.dependencies import CurrentUser, Services
from dashboard.http_api.routes import api_router, encoded, errors
from dashboard.read_limits import time_within
from dashboard.rest.responses import BAD_REQUEST, NOT_FOUND, UNAVAILABLE, json_response
from dashboard.rest.schema_types import EmptyResponse, Line
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Principal, Role

MAX_POINTS = 500
MAX_HOURS = 24 * 90
MAX_DAYS = 90

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Hours = Annotated[
    float, Query(ge=0.01, le=MAX_HOURS, allow_inf_nan=False, description="Hours back from now.")
]


router = api_router("system")


@router.get("/history", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def list_metric_history(
    services: Services,
    subject: Line = "",
    name: Line = "",
    hours: Hours = 1.0,
    points: Annotated[int, Query(ge=1, le=MAX_POINTS)] = 60,
) -> list[HistoryPointSchema]:
    """Return the values of a metric of a subject, at most `points`."""
    span = timedelta(hours=hours)
    found = await services.system.history(subject, name, span, points)
    return [history_point_schema(point) for point in found]


@router.get(
    "/logs",
    response_class=Response,
    responses=encoded(LogsResponse) | errors(BAD_REQUEST, UNAVAILABLE),
)
async def list_log_lines(
    services: Services,
    user: CurrentUser,
    process: Annotated[Line, Query(description="A process or a component.")] = "",
    level: Annotated[Level, Query(description="The least level.")] = "INFO",
    text: Annotated[Line, Query(description="Is part of the line, regardless of case.")] = "",
    until: Annotated[Line, Query(description="A time with a zone, as in RFC 3339.")] = "",
) -> Response:
    """Return the newest lines of the logs. Only admins read those of commands."""
    run, logs = services.thread_pools.run, services.system.logs
    query = LogQuery(
        process=process,
        level=level,
        text=text,
        until=time_within("until", until) if until else None,
        hidden_components=_hidden_components(user),
    )
    lines = await run(logs.latest, query)
    return json_response({"lines": lines, "processes": await run(logs.processes)})


@router.get("/alerts", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def list_alerts(services: Services, hours: Hours = 24) -> list[AlertSchema]:
    """Return alerts that were open within a span, newest first."""
    return [alert_schema(each) for each in await services.system.alerts(timedelta(hours=hours))]


@router.get("/quality", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def get_data_quality(
    services: Services,
    days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 35,
) -> QualityResponse:
    """Return how complete the stored data of the last days are."""
    return quality_response(await services.system.quality(days))


@router.post("/restart", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def restart_process(body: RestartRequest, services: Services) -> EmptyResponse:
    """Request the restart of a supervised process."""
    await services.system.restart(body.process)
    return EmptyResponse()


@router.post("/alerts/acknowledge", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def acknowledge_alert(
    body: AlertRequest, services: Services, user: CurrentUser
) -> EmptyResponse:
    """Acknowledge an open alert."""
    await services.system.acknowledge(body.key, user.name)
    return EmptyResponse()


@router.post("/alerts/mute", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def mute_alert(
    body: MuteAlertRequest, services: Services, user: CurrentUser
) -> EmptyResponse:
    """Send no messages of a rule and subject for some hours; alerts are still shown."""
    duration = timedelta(hours=body.hours)
    await services.system.mute(body.key, duration, body.reason.strip(), user.name)
    return EmptyResponse()


@router.post("/alerts/unmute", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def unmute_alert(body: AlertRequest, services: Services) -> EmptyResponse:
    """End a mute."""
    await services.system.unmute(body.key)
    return EmptyResponse()


@router.get("/data-jobs")
async def list_data_jobs(services: Services) -> list[DataJobSchema]:
    """Return the data jobs, newest first."""
    return [data_job_schema(job) for job in services.system.data_jobs.all()]


@router.post("/data-jobs/start", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def start_data_job(
    body: DataJobRequest, services: Services, user: CurrentUser
) -> DataJobSchema:
    """Queue a data job, and return it; one that waits or runs already is not queued twice."""
    return data_job_schema(await services.system.start_data_job(body.spec, user.name))


@router.post("/data-jobs/cancel", responses=errors(BAD_REQUEST, NOT_FOUND))
@requires_role(Role.OPERATOR)
async def cancel_data_job(body: CancelDataJobRequest, services: Services) -> list[DataJobSchema]:
    """Cancel a data job, and return all."""
    services.system.data_jobs.cancel(body.job)
    return await list_data_jobs(services)


@router.get("/channels")
async def list_channels(services: Services) -> list[ChannelSchema]:
    """Return the channels of alerts, each with its newest message."""
    return [channel_schema(each) for each in await services.system.channels.all()]


@router.get("/deliveries", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def list_deliveries(services: Services, hours: Hours = 24) -> list[DeliverySchema]:
    """Return the newest message per channel of alerts that are open or of a span."""
    found = await services.system.deliveries(timedelta(hours=hours))
    return [delivery_schema(each) for each in found]


@router.get("/remedy", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_remedy(
    services: Services,
    of: Annotated[Line, Query(min_length=1, description="A heading of docs/operations.md.")],
) -> list[ParagraphSchema]:
    """Return the runbook's paragraphs about an alert."""
    found = await services.thread_pools.run(services.system.runbook.entry, of)
    return [paragraph_schema(each) for each in found]


@router.post("/channels/test", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def send_channel_test(
    body: ChannelTestRequest, services: Services, user: CurrentUser
) -> ChannelTestResponse:
    """Send a test message through a channel."""
    result = await services.system.channels.test(body.channel, user.name)
    return channel_test_response(result)


def _hidden_components(user: Principal) -> frozenset[str]:
    return frozenset(() if user.role.allows(Role.ADMIN) else (AUDIT,))
