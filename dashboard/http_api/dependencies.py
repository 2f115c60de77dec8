"""What the typed routes of the API work with, as FastAPI dependencies of their parameters.

Dependencies are coroutines: FastAPI runs functions in a thread.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.requests import Request

from dashboard.live.hub import LiveHub
from dashboard.security.authenticator import Authenticator
from dashboard.security.roles import Principal
from dashboard.services import DashboardServices


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The parts of one server that its routes use."""

    services: DashboardServices
    hub: LiveHub
    authenticator: Authenticator


def provide(server: FastAPI, context: ApiContext) -> None:
    """Give the routes of a server what they work with."""
    server.state.api = context


def context_of(request: Request) -> ApiContext:
    """Return what the server of a request provides."""
    context: ApiContext = request.app.state.api
    return context


async def _services(request: Request) -> DashboardServices:
    return context_of(request).services


async def _hub(request: Request) -> LiveHub:
    return context_of(request).hub


async def _authenticator(request: Request) -> Authenticator:
    return context_of(request).authenticator


async def _current_user(request: Request) -> Principal:
    principal: Principal = request.scope["user"]
    return principal


Services = Annotated[DashboardServices, Depends(_services)]
Hub = Annotated[LiveHub, Depends(_hub)]
CurrentAuthenticator = Annotated[Authenticator, Depends(_authenticator)]
CurrentUser = Annotated[Principal, Depends(_current_user)]
