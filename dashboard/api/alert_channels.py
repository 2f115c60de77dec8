"""The requests about channels and messages of alerts, and the test of a channel."""

from datetime import timedelta

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.rest.request_values import Body, Line, number, read_body, required_text
from dashboard.rest.responses import handle_errors, json_response
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Role
from dashboard.system.services import SystemServices


class ChannelTest(Body, frozen=True, kw_only=True):
    """Send a test through a channel."""

    channel: Line


def add_channel_routes(server: FastAPI, system: SystemServices) -> None:
    """Serve channels, messages and the remedies of alerts below `/system`."""

    async def channels(_: Request) -> Response:
        return json_response(await system.channels.all())

    async def deliveries(request: Request) -> Response:
        span = timedelta(hours=number(request.query_params, "hours", 24, 24 * 90))
        return json_response(await system.deliveries(span))

    async def remedy(request: Request) -> Response:
        return json_response(await system.remedy(required_text(request.query_params, "of")))

    @requires_role(Role.OPERATOR)
    async def test(request: Request) -> Response:
        params = await read_body(request, ChannelTest)
        trial = await system.channels.test(params.channel, request.user.name)
        return json_response({"outcome": trial.outcome, "problem": trial.delivery.problem})

    server.add_route("/system/channels", handle_errors(channels), methods=["GET"])
    server.add_route("/system/deliveries", handle_errors(deliveries), methods=["GET"])
    server.add_route("/system/remedy", handle_errors(remedy), methods=["GET"])
    server.add_route("/system/channels/test", handle_errors(test), methods=["POST"])
