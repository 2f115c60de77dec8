"""The routes of bots: their rows, one bot, the form of a bot, and commands."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from bot_manager.domain.config import BotConfig
from bot_manager.domain.versions import ConfigVersion
from bot_manager.runtime.command_service import BotCommandService
from dashboard.features.bots.schemas import (
    BotCatalogResponse,
    BotCommandRequest,
    BotDetailResponse,
    BotFormRequest,
    BotsResponse,
    BotValuesResponse,
    BotVerificationSchema,
    CheckedBotResponse,
    RequestedCommandsResponse,
    StoredBotResponse,
    VerifyBotRequest,
    bot_detail_response,
    bot_verification_schema,
    bots_response,
    checked_bot_response,
)
from dashboard.forms.config_form import flat_values
from dashboard.http_api.dependencies import CurrentUser, Hub, Services
from dashboard.http_api.routes import api_router, errors, refused_form
from dashboard.live.hub import LiveHub
from dashboard.live.topics import BotTopic, FleetTopic
from dashboard.rest.responses import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    UNAVAILABLE,
    refused_form_response,
)
from dashboard.rest.schema_types import Line
from dashboard.security.permissions import read_only, requires_role
from dashboard.security.roles import Principal, Role
from dashboard.services import DashboardServices
from data.errors import InvalidValue
from utils.bounds import MAX_INT, shortened

StoreConfig = Callable[[BotCommandService, BotConfig, str], ConfigVersion]

router = api_router("bots")


@router.get("", responses=errors(UNAVAILABLE))
async def list_bots(services: Services, hub: Hub) -> BotsResponse:
    """Return all bots as rows, and their totals."""
    position = hub.position_of(FleetTopic())
    return bots_response(position, await services.thread_pools.run(services.bots.fleet))


@router.get("/detail", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_bot(
    name: Annotated[Line, Query(min_length=1)], services: Services, hub: Hub
) -> BotDetailResponse:
    """Return one bot with its configuration, account and history."""
    position = hub.position_of(BotTopic(name))
    detail = await services.thread_pools.run(services.bots.detail, name)
    return bot_detail_response(position, detail)


@router.get("/catalog", responses=errors(UNAVAILABLE))
async def get_bot_catalog(services: Services) -> BotCatalogResponse:
    """Return the fields and choices of the form of a bot."""
    catalog = await services.thread_pools.run(services.bots.catalog)
    return BotCatalogResponse.model_validate(catalog)


@router.get("/from-backtest", responses=errors(BAD_REQUEST, NOT_FOUND, UNAVAILABLE))
async def get_bot_values_of_backtest(
    id: Annotated[int, Query(ge=0, le=MAX_INT, description="Of a stored backtest.")],
    services: Services,
) -> BotValuesResponse:
    """Return the form of a bot that trades as a stored backtest did."""
    promotion = await services.thread_pools.run(services.backtests.promotion, id)
    return BotValuesResponse(values=flat_values(promotion["bot"]), warnings=promotion["warnings"])


@router.post("/check", responses=errors(BAD_REQUEST, UNAVAILABLE))
@read_only
async def check_bot_form(body: BotFormRequest, services: Services) -> CheckedBotResponse:
    """Return the configuration of a form, or its problems."""
    run, check = services.thread_pools.run, services.bots.check
    return checked_bot_response(await run(check, body.values, is_new=body.is_new))


@router.post(
    "/create",
    response_model=StoredBotResponse,
    responses=refused_form(CheckedBotResponse) | errors(BAD_REQUEST, CONFLICT, UNAVAILABLE),
)
@requires_role(Role.OPERATOR)
async def create_bot(
    body: BotFormRequest, services: Services, hub: Hub, user: CurrentUser
) -> StoredBotResponse | Response:
    """Store a new bot; it is not started."""
    return await _store(BotCommandService.create, body, services, hub, user)


@router.post(
    "/change",
    response_model=StoredBotResponse,
    responses=refused_form(CheckedBotResponse)
    | errors(BAD_REQUEST, NOT_FOUND, CONFLICT, UNAVAILABLE),
)
@requires_role(Role.OPERATOR)
async def change_bot(
    body: BotFormRequest, services: Services, hub: Hub, user: CurrentUser
) -> StoredBotResponse | Response:
    """Store the next version of a bot's configuration; it applies from the next start."""
    return await _store(BotCommandService.change, body, services, hub, user)


@router.post("/command", responses=errors(BAD_REQUEST, NOT_FOUND, CONFLICT, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def command_bots(
    body: BotCommandRequest, services: Services, hub: Hub, user: CurrentUser
) -> RequestedCommandsResponse:
    """Store a command for the named bots, or for all; bots apply it later."""
    run, reason = services.thread_pools.run, body.reason.strip()
    if body.all_bots is bool(body.names):
        raise InvalidValue(
            "names must hold at least one bot, or all_bots must be true, and not both; "
            f"were {shortened(body.names)} and {str(body.all_bots).lower()}"
        )
    commands = services.bots.open_command_service(user.name)
    if body.all_bots:
        await run(commands.command_all, body.command, reason)
        return RequestedCommandsResponse(requested=[])
    names = list(dict.fromkeys(body.names))
    requests = await run(commands.command, names, body.command, reason)
    hub.bots.moved(names)
    return RequestedCommandsResponse(requested=[one.request.bot for one in requests])


@router.post("/verify", responses=errors(BAD_REQUEST, NOT_FOUND, CONFLICT, UNAVAILABLE))
@requires_role(Role.OPERATOR)
async def verify_bot(body: VerifyBotRequest, services: Services, hub: Hub) -> BotVerificationSchema:
    """Replay a bot from its first session on, and compare it with what is stored."""
    await services.thread_pools.run(services.bots.reads.version, body.name)
    result = await services.bots.verifications.replay(body.name)
    hub.bots.moved([body.name])
    return bot_verification_schema(result)


async def _store(
    store: StoreConfig,
    form: BotFormRequest,
    services: DashboardServices,
    hub: LiveHub,
    user: Principal,
) -> StoredBotResponse | Response:
    """Store the configuration of a form, or answer with its problems."""
    run = services.thread_pools.run
    # The store itself refuses a name that is taken.
    checked = await run(services.bots.check, form.values, is_new=False)
    if checked.config is None:
        return refused_form_response(checked_bot_response(checked))
    commands = services.bots.open_command_service(user.name)
    version = await run(store, commands, checked.config, form.reason.strip())
    hub.bots.moved([version.bot])
    return StoredBotResponse(bot=version.bot, version=version.number)
