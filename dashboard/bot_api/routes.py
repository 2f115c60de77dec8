"""The requests of the pages of bots, as JSON below `/fleet`: `/bots/NAME` is a page."""

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from bot_manager.config import BotConfig
from bot_manager.lifecycle import COMMANDS, Rule
from bot_manager.versions import ConfigVersion
from dashboard.answers import Answer, answering, file_answer, json_answer
from dashboard.bots.door import CheckedBot
from dashboard.bots.portfolio_payload import RANGE_NAMES, SINCE_FIRST_BOT
from dashboard.bots.services import BotServices
from dashboard.live.hub import LiveHub
from dashboard.live.topics import BotTopic, FleetTopic
from dashboard.request_values import Body, choice, named, one_of, read_body, text, whole
from dashboard.security.needs import needs, only_asks
from dashboard.security.roles import Person, Role
from data.errors import InvalidValue
from utils.bounds import shortened

WRONG = 422
LONGEST_REASON = 500


class BotForm(Body, frozen=True, kw_only=True):
    """A filled-in form: texts by the dotted names of fields, and why.

    `creates`: it is checked for a new bot, whose name must be free.
    """

    values: dict[str, str]
    reason: str = ""
    creates: bool = False


class Command(Body, frozen=True, kw_only=True):
    """Ask something of these bots; `everyone`: of all that can do it when it is taken."""

    command: str
    names: list[str] = msgspec.field(default_factory=list)
    everyone: bool = False
    reason: str = ""


class Named(Body, frozen=True, kw_only=True):
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
        # Numbers first: what is published while we read comes again rather than not at all.
        joins = {"epoch": hub.epoch, "number": hub.numbers([FleetTopic()])[str(FleetTopic())]}
        return json_answer({**joins, **await bots.fleet()})

    async def bot(request: Request) -> Response:
        topic = BotTopic(named(request.query_params, "name"))
        joins = {"epoch": hub.epoch, "number": hub.numbers([topic])[str(topic)]}
        return json_answer({**joins, **await bots.story(topic.name)})

    server.add_route("/fleet/rows", answering(rows), methods=["GET"])
    server.add_route("/fleet/bot", answering(bot), methods=["GET"])


def _add_portfolio(server: FastAPI, bots: BotServices) -> None:
    def asked(request: Request) -> tuple[str, str, str | None]:
        given = request.query_params
        # "none" is the currency of symbols that name none.
        currency = text(given, "currency") or None
        return (
            one_of(given, "range", RANGE_NAMES, SINCE_FIRST_BOT),
            text(given, "words"),
            "" if currency == "none" else currency,
        )

    async def portfolio(request: Request) -> Response:
        benchmark = request.query_params.get("benchmark", "") == "1"
        return json_answer(await bots.portfolio(*asked(request), benchmark))

    async def trips(request: Request) -> Response:
        return file_answer("round-trips.csv", await bots.trips_csv(*asked(request)))

    async def days(request: Request) -> Response:
        return file_answer("days.csv", await bots.days_csv(*asked(request)))

    server.add_route("/fleet/portfolio", answering(portfolio), methods=["GET"])
    server.add_route("/fleet/portfolio/round-trips.csv", answering(trips), methods=["GET"])
    server.add_route("/fleet/portfolio/days.csv", answering(days), methods=["GET"])


def _add_form(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    async def catalog(_: Request) -> Response:
        return json_answer(await bots.catalog())

    async def backtest(request: Request) -> Response:
        return json_answer(await bots.from_backtest(whole(request.query_params, "id")))

    @only_asks
    async def check(request: Request) -> Response:
        form = await read_body(request, BotForm)
        return _checked(await bots.check(form.values, creates=form.creates))

    def storing(store: Callable[[str, BotConfig, str], Awaitable[ConfigVersion]]) -> Answer:
        @needs(Role.OPERATOR)
        async def answer(request: Request) -> Response:
            form = await read_body(request, BotForm)
            # The store itself refuses a name that is taken.
            checked = await bots.check(form.values, creates=False)
            if checked.config is None:
                return _checked(checked, WRONG)
            version = await store(_who(request), checked.config, _reason(form.reason))
            hub.bots.moved([version.bot])
            return json_answer({"bot": version.bot, "version": version.number})

        return answering(answer)

    server.add_route("/fleet/catalog", answering(catalog), methods=["GET"])
    server.add_route("/fleet/backtest", answering(backtest), methods=["GET"])
    server.add_route("/fleet/check", answering(check), methods=["POST"])
    server.add_route("/fleet/create", storing(bots.create), methods=["POST"])
    server.add_route("/fleet/change", storing(bots.change), methods=["POST"])


def _add_commands(server: FastAPI, bots: BotServices, hub: LiveHub) -> None:
    @needs(Role.OPERATOR)
    async def command(request: Request) -> Response:
        asked = await read_body(request, Command)
        rule = _rule(asked.command)
        if asked.everyone is bool(asked.names):
            raise InvalidValue(
                "names must hold at least one bot, or everyone must be true, and not both; "
                f"were {shortened(asked.names)} and {str(asked.everyone).lower()}"
            )
        if asked.everyone:
            await bots.command_all(_who(request), rule, _reason(asked.reason))
            return json_answer({"asked": []})
        names = list(dict.fromkeys(asked.names))
        told = await bots.command(_who(request), names, rule, _reason(asked.reason))
        hub.bots.moved(names)
        return json_answer({"asked": [one.request.bot for one in told]})

    @needs(Role.OPERATOR)
    async def verify(request: Request) -> Response:
        name = (await read_body(request, Named)).name
        verdict = await bots.verify(name)
        hub.bots.moved([name])
        return json_answer(verdict)

    server.add_route("/fleet/command", answering(command), methods=["POST"])
    server.add_route("/fleet/verify", answering(verify), methods=["POST"])


def _checked(checked: CheckedBot, status: int = 200) -> Response:
    config = checked.config
    values = None if config is None else config.model_dump(mode="json")
    return json_answer({"config": values, "problems": checked.problems}, status)


def _who(request: Request) -> str:
    person: Person = request.scope["user"]
    return person.name


def _rule(text: str) -> Rule:
    return Rule(choice("command", text, COMMANDS))


def _reason(text: str) -> str:
    if len(text) > LONGEST_REASON:
        raise InvalidValue(f"a reason holds at most {LONGEST_REASON} characters, was {len(text)}")
    return text.strip()
