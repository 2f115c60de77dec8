"""The requests of the pages of bots, as JSON below `/fleet`: `/bots/NAME` is a page."""

from collections.abc import Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from bot_manager.domain.config import BotConfig
from bot_manager.domain.lifecycle import COMMANDS, LifecycleEvent
from bot_manager.domain.versions import ConfigVersion
from bot_manager.runtime.command_service import BotCommandService
from dashboard.features.bots.portfolio_payload import RANGE_NAMES, SINCE_FIRST_BOT
from dashboard.features.form_routes import UNPROCESSABLE, form_response
from dashboard.forms.config_form import flat_values
from dashboard.live.hub import LiveHub
from dashboard.live.topics import BotTopic, FleetTopic
from dashboard.rest.request_values import (
    Body,
    choice,
    integer,
    one_of,
    read_body,
    required_text,
    text,
)
from dashboard.rest.responses import RequestHandler, csv_response, handle_errors, json_response
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Role
from dashboard.services import DashboardServices
from data.errors import InvalidValue
from utils.bounds import shortened

MAX_REASON_LENGTH = 500


class BotForm(Body, frozen=True, kw_only=True):
    """A filled-in form: texts by the dotted names of fields, and why.

    `is_new`: it is checked for a new bot, whose name must be free.
    """

    values: dict[str, str]
    reason: str = ""
    is_new: bool = False


class BotCommandBody(Body, frozen=True, kw_only=True):
    """Request a command for these bots; `all_bots`: for all that allow it when it is applied."""

    command: str
    names: list[str] = msgspec.field(default_factory=list)
    all_bots: bool = False
    reason: str = ""


class BotName(Body, frozen=True, kw_only=True):
    """One bot."""

    name: str


def add_bot_routes(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    """Serve the pages of bots below `/fleet`."""
    _add_reads(server, services, hub)
    _add_portfolio(server, services)
    _add_form(server, services, hub)
    _add_commands(server, services, hub)


def _add_reads(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    bots, run = services.bots, services.thread_pools.run

    async def rows(_: Request) -> Response:
        return json_response(hub.position_of(FleetTopic()) | await run(bots.fleet))

    async def bot(request: Request) -> Response:
        name = required_text(request.query_params, "name")
        return json_response(hub.position_of(BotTopic(name)) | await run(bots.detail, name))

    server.add_route("/api/v1/fleet/rows", handle_errors(rows), methods=["GET"])
    server.add_route("/api/v1/fleet/bot", handle_errors(bot), methods=["GET"])


def _add_portfolio(server: FastAPI, services: DashboardServices) -> None:
    bots, run = services.bots, services.thread_pools.run

    def params(request: Request) -> tuple[str, str, str | None]:
        given = request.query_params
        # "none" selects the symbols without a currency.
        currency = text(given, "currency") or None
        return (
            one_of(given, "range", RANGE_NAMES, SINCE_FIRST_BOT),
            text(given, "search"),
            "" if currency == "none" else currency,
        )

    async def portfolio(request: Request) -> Response:
        benchmark = request.query_params.get("benchmark", "") == "1"
        return json_response(await run(bots.portfolio, *params(request), benchmark))

    async def round_trips(request: Request) -> Response:
        return csv_response("round-trips.csv", await run(bots.round_trips_csv, *params(request)))

    async def days(request: Request) -> Response:
        return csv_response("days.csv", await run(bots.days_csv, *params(request)))

    server.add_route("/api/v1/fleet/portfolio", handle_errors(portfolio), methods=["GET"])
    server.add_route(
        "/api/v1/fleet/portfolio/round-trips.csv", handle_errors(round_trips), methods=["GET"]
    )
    server.add_route("/api/v1/fleet/portfolio/days.csv", handle_errors(days), methods=["GET"])


def _add_form(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    bots, run = services.bots, services.thread_pools.run

    async def catalog(_: Request) -> Response:
        return json_response(await run(bots.catalog))

    async def backtest(request: Request) -> Response:
        backtest_id = integer(request.query_params, "id")
        promotion = await run(services.backtests.promotion, backtest_id)
        return json_response(
            {"values": flat_values(promotion["bot"]), "warnings": promotion["warnings"]}
        )

    @read_only
    async def check(request: Request) -> Response:
        form = await read_body(request, BotForm)
        return form_response(await run(bots.check, form.values, is_new=form.is_new))

    def storing(
        store: Callable[[BotCommandService, BotConfig, str], ConfigVersion],
    ) -> RequestHandler:
        @requires_role(Role.OPERATOR)
        async def answer(request: Request) -> Response:
            form = await read_body(request, BotForm)
            # The store itself refuses a name that is taken.
            checked = await run(bots.check, form.values, is_new=False)
            if checked.config is None:
                return form_response(checked, UNPROCESSABLE)
            commands = bots.open_command_service(request.user.name)
            version = await run(store, commands, checked.config, _reason(form.reason))
            hub.bots.moved([version.bot])
            return json_response({"bot": version.bot, "version": version.number})

        return handle_errors(answer)

    server.add_route("/api/v1/fleet/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/api/v1/fleet/backtest", handle_errors(backtest), methods=["GET"])
    server.add_route("/api/v1/fleet/check", handle_errors(check), methods=["POST"])
    server.add_route("/api/v1/fleet/create", storing(BotCommandService.create), methods=["POST"])
    server.add_route("/api/v1/fleet/change", storing(BotCommandService.change), methods=["POST"])


def _add_commands(server: FastAPI, services: DashboardServices, hub: LiveHub) -> None:
    bots, run = services.bots, services.thread_pools.run

    @requires_role(Role.OPERATOR)
    async def command(request: Request) -> Response:
        params = await read_body(request, BotCommandBody)
        rule, reason = _rule(params.command), _reason(params.reason)
        if params.all_bots is bool(params.names):
            raise InvalidValue(
                "names must hold at least one bot, or all_bots must be true, and not both; "
                f"were {shortened(params.names)} and {str(params.all_bots).lower()}"
            )
        commands = bots.open_command_service(request.user.name)
        if params.all_bots:
            await run(commands.command_all, rule, reason)
            return json_response({"requested": []})
        names = list(dict.fromkeys(params.names))
        requests = await run(commands.command, names, rule, reason)
        hub.bots.moved(names)
        return json_response({"requested": [one.request.bot for one in requests]})

    @requires_role(Role.OPERATOR)
    async def verify(request: Request) -> Response:
        name = (await read_body(request, BotName)).name
        await run(bots.reads.version, name)
        result = await bots.verifications.replay(name)
        hub.bots.moved([name])
        return json_response(result)

    server.add_route("/api/v1/fleet/command", handle_errors(command), methods=["POST"])
    server.add_route("/api/v1/fleet/verify", handle_errors(verify), methods=["POST"])


def _rule(text: str) -> LifecycleEvent:
    return LifecycleEvent(choice("command", text, COMMANDS))


def _reason(text: str) -> str:
    if len(text) > MAX_REASON_LENGTH:
        raise InvalidValue(f"a reason has at most {MAX_REASON_LENGTH} characters, was {len(text)}")
    return text.strip()
