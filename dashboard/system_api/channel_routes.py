"""What the System page asks of channels and messages, and the test of a channel."""

from datetime import timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.answers import answering, json_answer
from dashboard.request_values import Body, Line, named, number, read_body
from dashboard.security.needs import needs
from dashboard.security.roles import Role
from dashboard.system.services import SystemServices


class ChannelTest(Body, frozen=True, kw_only=True):
    """Send a test through a channel."""

    channel: Line


def add_channel_routes(server: FastAPI, system: SystemServices) -> None:
    """Serve channels, messages and what to do about alerts below `/system`."""

    async def channels(_: Request) -> Response:
        return json_answer(await system.channels.all())

    async def deliveries(request: Request) -> Response:
        span = timedelta(hours=number(request.query_params, "hours", 24, 24 * 90))
        return json_answer(await system.deliveries(span))

    async def remedy(request: Request) -> Response:
        return json_answer(await system.remedy(named(request.query_params, "of")))

    @needs(Role.OPERATOR)
    async def test(request: Request) -> Response:
        asked = await read_body(request, ChannelTest)
        trial = await system.channels.test(asked.channel, request.user.name)
        return json_answer({"outcome": trial.outcome, "problem": trial.delivery.problem})

    server.add_route("/system/channels", answering(channels), methods=["GET"])
    server.add_route("/system/deliveries", answering(deliveries), methods=["GET"])
    server.add_route("/system/remedy", answering(remedy), methods=["GET"])
    server.add_route("/system/channels/test", answering(test), methods=["POST"])
