"""What the System page asks and commands below `/system`."""

from datetime import timedelta
from typing import Annotated

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.read_limits import time_within
from dashboard.request_values import Body, Line, RowNumber, number, one_of, read_body, text
from dashboard.security.needs import needs
from dashboard.security.roles import Role
from dashboard.system.chores import Chore
from dashboard.system.logs import AUDIT, LEVELS, LogQuery
from dashboard.system.services import LONGEST_MUTE, SystemServices
from dashboard.system_api.channel_routes import add_channel_routes
from data import InstrumentId
from utils.alerts import AlertKey

MOST_POINTS = 500
LONGEST_HISTORY = timedelta(days=90)


class Named(Body, frozen=True, kw_only=True):
    """An alert, by its rule and subject."""

    rule: Line
    subject: Line

    @property
    def key(self) -> AlertKey:
        """Return which alert."""
        return AlertKey(self.rule, self.subject)


class Muting(Named, frozen=True, kw_only=True):
    """Mute an alert for some hours."""

    hours: Annotated[float, msgspec.Meta(gt=0, le=LONGEST_MUTE / timedelta(hours=1))]
    reason: Line = ""


class Restart(Body, frozen=True, kw_only=True):
    """Restart a process."""

    process: Line


class Job(Body, frozen=True, kw_only=True):
    """One chore."""

    job: RowNumber


def add_system_routes(server: FastAPI, system: SystemServices) -> None:
    """Serve the page below `/system`."""
    _add_questions(server, system)
    _add_commands(server, system)
    add_channel_routes(server, system)


def _add_questions(server: FastAPI, system: SystemServices) -> None:
    async def history(request: Request) -> Response:
        asked = request.query_params
        span = timedelta(hours=number(asked, "hours", 1.0, 24 * 90))
        points = int(number(asked, "points", 60, MOST_POINTS, least=1))
        subject, name = text(asked, "subject"), text(asked, "name")
        return json_answer(await system.history(subject, name, span, points))

    async def logs(request: Request) -> Response:
        lines = await system.logs(_query(request))
        return json_answer({"lines": lines, "processes": await system.log_processes()})

    async def alerts(request: Request) -> Response:
        span = timedelta(hours=number(request.query_params, "hours", 24, 24 * 90))
        return json_answer(await system.alerts(span))

    async def quality(request: Request) -> Response:
        days = int(number(request.query_params, "days", 35, 90))
        return json_answer(await system.quality(days))

    server.add_route("/system/history", answering(history), methods=["GET"])
    server.add_route("/system/logs", answering(logs), methods=["GET"])
    server.add_route("/system/alerts", answering(alerts), methods=["GET"])

    async def chores(_: Request) -> Response:
        return json_answer(system.chores.all())

    server.add_route("/system/quality", answering(quality), methods=["GET"])
    server.add_route("/system/chores", answering(chores), methods=["GET"])


def _add_commands(server: FastAPI, system: SystemServices) -> None:
    @needs(Role.OPERATOR)
    async def restart(request: Request) -> Response:
        await system.restart((await read_body(request, Restart)).process)
        return json_answer({})

    @needs(Role.OPERATOR)
    async def acknowledge(request: Request) -> Response:
        alert = await read_body(request, Named)
        await system.acknowledge(alert.key, request.user.name)
        return json_answer({})

    @needs(Role.OPERATOR)
    async def mute(request: Request) -> Response:
        asked = await read_body(request, Muting)
        await system.mute(
            asked.key, timedelta(hours=asked.hours), asked.reason.strip(), request.user.name
        )
        return json_answer({})

    @needs(Role.OPERATOR)
    async def unmute(request: Request) -> Response:
        await system.unmute((await read_body(request, Named)).key)
        return json_answer({})

    @needs(Role.OPERATOR)
    async def begin(request: Request) -> Response:
        asked = await read_body(request, Chore)
        InstrumentId.parse(asked.instrument)
        return json_answer(system.chores.submit(asked, request.user.name))

    @needs(Role.OPERATOR)
    async def cancel(request: Request) -> Response:
        system.chores.cancel((await read_body(request, Job)).job)
        return json_answer(system.chores.all())

    server.add_route("/system/chores/begin", answering(begin), methods=["POST"])
    server.add_route("/system/chores/cancel", answering(cancel), methods=["POST"])
    server.add_route("/system/restart", answering(restart), methods=["POST"])
    server.add_route("/system/alerts/acknowledge", answering(acknowledge), methods=["POST"])
    server.add_route("/system/alerts/mute", answering(mute), methods=["POST"])
    server.add_route("/system/alerts/unmute", answering(unmute), methods=["POST"])


def _query(request: Request) -> LogQuery:
    asked = request.query_params
    return LogQuery(
        process=text(asked, "process"),
        level=one_of(asked, "level", LEVELS, "INFO"),
        text=text(asked, "text"),
        until=time_within("until", asked["until"]) if asked.get("until") else None,
        hidden_components=frozenset(() if request.user.role.allows(Role.ADMIN) else (AUDIT,)),
    )
