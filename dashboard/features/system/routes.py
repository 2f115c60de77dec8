"""The requests of the System page below `/system`."""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.features.system.data_jobs import KIND, DataJobQueue, DataJobSpec, data_job_payload
from dashboard.features.system.logs import AUDIT, LEVELS, LogQuery
from dashboard.features.system.services import MAX_MUTE, SystemServices
from dashboard.read_limits import time_within
from dashboard.rest.request_values import (
    Body,
    Line,
    RowNumber,
    number,
    one_of,
    read_body,
    required_text,
    text,
)
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Role
from dashboard.thread_pools import ThreadPools
from data import InstrumentId
from utils.alerts import AlertKey

MAX_POINTS = 500
MAX_HISTORY = timedelta(days=90)


class AlertRef(Body, frozen=True, kw_only=True):
    """An alert, by its rule and subject."""

    rule: Line
    subject: Line

    @property
    def key(self) -> AlertKey:
        """Return the key of the alert."""
        return AlertKey(self.rule, self.subject)


class MuteAlert(AlertRef, frozen=True, kw_only=True):
    """Mute an alert for some hours."""

    hours: Annotated[float, msgspec.Meta(gt=0, le=MAX_MUTE / timedelta(hours=1))]
    reason: Line = ""


class Restart(Body, frozen=True, kw_only=True):
    """Restart a process."""

    process: Line


class DataJobRef(Body, frozen=True, kw_only=True):
    """One data job."""

    job: RowNumber


class ChannelTest(Body, frozen=True, kw_only=True):
    """Send a test through a channel."""

    channel: Line


def add_system_routes(server: FastAPI, system: SystemServices, thread_pools: ThreadPools) -> None:
    """Serve the System page below `/system`."""
    _add_reads(server, system, thread_pools)
    _add_commands(server, system)
    _add_data_jobs(server, system.data_jobs)
    _add_channels(server, system, thread_pools)


def _add_reads(server: FastAPI, system: SystemServices, thread_pools: ThreadPools) -> None:
    run = thread_pools.run

    async def history(request: Request) -> Response:
        params = request.query_params
        span = timedelta(hours=number(params, "hours", 1.0, 24 * 90))
        points = int(number(params, "points", 60, MAX_POINTS, least=1))
        subject, name = text(params, "subject"), text(params, "name")
        return json_response(await system.history(subject, name, span, points))

    async def logs(request: Request) -> Response:
        lines = await run(system.logs.latest, _query(request))
        return json_response({"lines": lines, "processes": await run(system.logs.processes)})

    async def alerts(request: Request) -> Response:
        span = timedelta(hours=number(request.query_params, "hours", 24, 24 * 90))
        return json_response(await system.alerts(span))

    async def quality(request: Request) -> Response:
        days = int(number(request.query_params, "days", 35, 90))
        return json_response(await system.quality(days))

    server.add_route("/api/v1/system/history", handle_errors(history), methods=["GET"])
    server.add_route("/api/v1/system/logs", handle_errors(logs), methods=["GET"])
    server.add_route("/api/v1/system/alerts", handle_errors(alerts), methods=["GET"])
    server.add_route("/api/v1/system/quality", handle_errors(quality), methods=["GET"])


def _add_commands(server: FastAPI, system: SystemServices) -> None:
    @requires_role(Role.OPERATOR)
    async def restart(request: Request) -> Response:
        await system.restart((await read_body(request, Restart)).process)
        return json_response({})

    @requires_role(Role.OPERATOR)
    async def acknowledge(request: Request) -> Response:
        alert = await read_body(request, AlertRef)
        await system.acknowledge(alert.key, request.user.name)
        return json_response({})

    @requires_role(Role.OPERATOR)
    async def mute(request: Request) -> Response:
        params = await read_body(request, MuteAlert)
        await system.mute(
            params.key, timedelta(hours=params.hours), params.reason.strip(), request.user.name
        )
        return json_response({})

    @requires_role(Role.OPERATOR)
    async def unmute(request: Request) -> Response:
        await system.unmute((await read_body(request, AlertRef)).key)
        return json_response({})

    server.add_route("/api/v1/system/restart", handle_errors(restart), methods=["POST"])
    server.add_route(
        "/api/v1/system/alerts/acknowledge", handle_errors(acknowledge), methods=["POST"]
    )
    server.add_route("/api/v1/system/alerts/mute", handle_errors(mute), methods=["POST"])
    server.add_route("/api/v1/system/alerts/unmute", handle_errors(unmute), methods=["POST"])


def _add_data_jobs(server: FastAPI, data_jobs: DataJobQueue) -> None:
    async def jobs(_: Request) -> Response:
        return json_response([data_job_payload(job) for job in data_jobs.all()])

    @requires_role(Role.OPERATOR)
    async def start(request: Request) -> Response:
        params = await read_body(request, DataJobSpec)
        InstrumentId.parse(params.instrument)
        return json_response(data_job_payload(data_jobs.submit(KIND, params, request.user.name)))

    @requires_role(Role.OPERATOR)
    async def cancel(request: Request) -> Response:
        data_jobs.cancel((await read_body(request, DataJobRef)).job)
        return await jobs(request)

    server.add_route("/api/v1/system/data-jobs", handle_errors(jobs), methods=["GET"])
    server.add_route("/api/v1/system/data-jobs/start", handle_errors(start), methods=["POST"])
    server.add_route("/api/v1/system/data-jobs/cancel", handle_errors(cancel), methods=["POST"])


def _add_channels(server: FastAPI, system: SystemServices, thread_pools: ThreadPools) -> None:
    async def channels(_: Request) -> Response:
        return json_response(await system.channels.all())

    async def deliveries(request: Request) -> Response:
        span = timedelta(hours=number(request.query_params, "hours", 24, 24 * 90))
        return json_response(await system.deliveries(span))

    async def remedy(request: Request) -> Response:
        heading = required_text(request.query_params, "of")
        return json_response(await thread_pools.run(system.runbook.entry, heading))

    @requires_role(Role.OPERATOR)
    async def test(request: Request) -> Response:
        params = await read_body(request, ChannelTest)
        trial = await system.channels.test(params.channel, request.user.name)
        return json_response({"outcome": trial.outcome, "problem": trial.delivery.problem})

    server.add_route("/api/v1/system/channels", handle_errors(channels), methods=["GET"])
    server.add_route("/api/v1/system/deliveries", handle_errors(deliveries), methods=["GET"])
    server.add_route("/api/v1/system/remedy", handle_errors(remedy), methods=["GET"])
    server.add_route("/api/v1/system/channels/test", handle_errors(test), methods=["POST"])


def _query(request: Request) -> LogQuery:
    params = request.query_params
    return LogQuery(
        process=text(params, "process"),
        level=one_of(params, "level", LEVELS, "INFO"),
        text=text(params, "text"),
        until=time_within("until", params["until"]) if params.get("until") else None,
        hidden_components=frozenset(() if request.user.role.allows(Role.ADMIN) else (AUDIT,)),
    )
