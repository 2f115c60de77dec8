"""The requests of the pages of bots, as JSON below `/fleet`: `/bots/NAME` is a page."""

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from bot_manager.domain.config import BotConfig
from bot_manager.domain.lifecycle import COMMANDS, TransitionRule
from bot_manager.domain.versions import ConfigVersion
from dashboard.bots.form_validation import CheckedBot
from dashboard.bots.portfolio_payload import RANGE_NAMES, SINCE_FIRST_BOT
from dashboard.bots.services import BotServices
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
from dashboard.security.roles import Principal, Role
from data.errors import InvalidValue
from utils.bounds import shortened

UNPROCESSABLE = 422
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


def add_bot_routes(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    """Serve the pages of bots below `/fleet`."""
    _add_reads(server, bots, hub)
    _add_portfolio(server, bots)
    _add_form(server, bots, hub)
    _add_commands(server, bots, hub)


def _add_reads(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    async def rows(_: Request) -> Response:
        # Frame numbers first: a frame of the meantime is then received twice, never missed.
        joins = {"epoch": hub.epoch, "number": hub.numbers([FleetTopic()])[str(FleetTopic())]}
        return json_response({**joins, **await bots.fleet()})

    async def bot(request: Request) -> Response:
        topic = BotTopic(required_text(request.query_params, "name"))
        joins = {"epoch": hub.epoch, "number": hub.numbers([topic])[str(topic)]}
        return json_response({**joins, **await bots.detail(topic.name)})

    server.add_route("/fleet/rows", handle_errors(rows), methods=["GET"])
    server.add_route("/fleet/bot", handle_errors(bot), methods=["GET"])


def _add_portfolio(server: FastAPI, bots: BotServices) -> None:
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
        return json_response(await bots.portfolio(*params(request), benchmark))

    async def round_trips(request: Request) -> Response:
        return csv_response("round-trips.csv", await bots.round_trips_csv(*params(request)))

    async def days(request: Request) -> Response:
        return csv_response("days.csv", await bots.days_csv(*params(request)))

    server.add_route("/fleet/portfolio", handle_errors(portfolio), methods=["GET"])
    server.add_route(
        "/fleet/portfolio/round-trips.csv", handle_errors(round_trips), methods=["GET"]
    )
    server.add_route("/fleet/portfolio/days.csv", handle_errors(days), methods=["GET"])


def _add_form(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    async def catalog(_: Request) -> Response:
        return json_response(await bots.catalog())

    async def backtest(request: Request) -> Response:
        return json_response(await bots.from_backtest(integer(request.query_params, "id")))

    @read_only
    async def check(request: Request) -> Response:
        form = await read_body(request, BotForm)
        return _checked(await bots.check(form.values, is_new=form.is_new))

    def storing(store: Callable[[str, BotConfig, str], Awaitable[ConfigVersion]]) -> RequestHandler:
        @requires_role(Role.OPERATOR)
        async def answer(request: Request) -> Response:
            form = await read_body(request, BotForm)
            # The store itself refuses a name that is taken.
            checked = await bots.check(form.values, is_new=False)
            if checked.config is None:
                return _checked(checked, UNPROCESSABLE)
            version = await store(_user_name(request), checked.config, _reason(form.reason))
            hub.bots.moved([version.bot])
            return json_response({"bot": version.bot, "version": version.number})

        return handle_errors(answer)

    server.add_route("/fleet/catalog", handle_errors(catalog), methods=["GET"])
    server.add_route("/fleet/backtest", handle_errors(backtest), methods=["GET"])
    server.add_route("/fleet/check", handle_errors(check), methods=["POST"])
    server.add_route("/fleet/create", storing(bots.create), methods=["POST"])
    server.add_route("/fleet/change", storing(bots.change), methods=["POST"])


def _add_commands(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    @requires_role(Role.OPERATOR)
    async def command(request: Request) -> Response:
        params = await read_body(request, BotCommandBody)
        rule = _rule(params.command)
        if params.all_bots is bool(params.names):
            raise InvalidValue(
                "names must hold at least one bot, or all_bots must be true, and not both; "
                f"were {shortened(params.names)} and {str(params.all_bots).lower()}"
            )
        if params.all_bots:
            await bots.command_all(_user_name(request), rule, _reason(params.reason))
            return json_response({"requested": []})
        names = list(dict.fromkeys(params.names))
        requests = await bots.command(_user_name(request), names, rule, _reason(params.reason))
        hub.bots.moved(names)
        return json_response({"requested": [one.request.bot for one in requests]})

    @requires_role(Role.OPERATOR)
    async def verify(request: Request) -> Response:
        name = (await read_body(request, BotName)).name
        result = await bots.verify(name)
        hub.bots.moved([name])
        return json_response(result)

    server.add_route("/fleet/command", handle_errors(command), methods=["POST"])
    server.add_route("/fleet/verify", handle_errors(verify), methods=["POST"])


def _checked(checked: CheckedBot, status: int = 200) -> Response:
    config = checked.config
    values = None if config is None else config.model_dump(mode="json")
    return json_response({"config": values, "problems": checked.problems}, status)


def _user_name(request: Request) -> str:
    principal: Principal = request.scope["user"]
    return principal.name


def _rule(text: str) -> TransitionRule:
    return TransitionRule(choice("command", text, COMMANDS))


def _reason(text: str) -> str:
    if len(text) > MAX_REASON_LENGTH:
        raise InvalidValue(f"a reason has at most {MAX_REASON_LENGTH} characters, was {len(text)}")
    return text.strip()
