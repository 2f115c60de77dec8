"""The routes of the current user, the open sessions and the audit list."""

from typing import Annotated

from fastapi import Query
from starlette.requests import Request

from dashboard.features.access.schemas import (
    AuditEntrySchema,
    CurrentUserResponse,
    EndSessionRequest,
    RefusalSchema,
    SessionsResponse,
    audit_entry_schema,
    current_user_response,
    refusal_schema,
    sessions_response,
)
from dashboard.http_api.dependencies import CurrentAuthenticator, CurrentUser, Services
from dashboard.http_api.routes import api_router, errors
from dashboard.rest.responses import BAD_REQUEST, NOT_FOUND, UNAVAILABLE
from dashboard.security.permissions import requires_role
from dashboard.security.roles import Principal, Role
from utils.audit import AuditKind
from utils.bounds import shortened
from utils.errors import NotFound

ENTRIES_SHOWN = 200

router = api_router("access")


@router.get("/me")
async def get_current_user(
    user: CurrentUser, authenticator: CurrentAuthenticator
) -> CurrentUserResponse:
    """Return the user or program that sends the request."""
    return current_user_response(user, is_locked=authenticator.is_locked)


@router.get("/sessions")
async def list_sessions(
    request: Request, user: CurrentUser, authenticator: CurrentAuthenticator
) -> SessionsResponse:
    """Return the open sessions of the user; an admin's answer holds those of all users."""
    current = authenticator.session(request.headers)
    found = [each for each in authenticator.sessions.all() if _concerns(user, each.name)]
    return sessions_response(found, current)


# All users may end their own sessions; see _concerns.
@router.post("/sessions/revoke", responses=errors(BAD_REQUEST, NOT_FOUND))
@requires_role(Role.VIEWER)
async def end_session(
    body: EndSessionRequest,
    request: Request,
    user: CurrentUser,
    authenticator: CurrentAuthenticator,
) -> SessionsResponse:
    """End a session, and return those that are left."""
    found = [each for each in authenticator.sessions.all() if _concerns(user, each.name)]
    if body.session not in {session.id for session in found}:
        raise NotFound(f"session {shortened(body.session)} does not exist; it may have ended")
    authenticator.sessions.end(body.session)
    return await list_sessions(request, user, authenticator)


@router.get("/audit", responses=errors(BAD_REQUEST, UNAVAILABLE))
async def list_audit_entries(
    user: CurrentUser,
    services: Services,
    kind: Annotated[AuditKind | None, Query(description="Only entries of this kind.")] = None,
) -> list[AuditEntrySchema]:
    """Return the newest commands and logins, newest first; without a role of admin, one's own."""
    entries = await services.audit.latest(ENTRIES_SHOWN, kind, _visible_user(user))
    return [audit_entry_schema(entry) for entry in entries]


@router.get("/refusals", responses=errors(UNAVAILABLE))
async def list_refusals(user: CurrentUser, services: Services) -> list[RefusalSchema]:
    """Return refused commands and logins, equal ones once; without a role of admin, one's own."""
    found = await services.audit.refusals(ENTRIES_SHOWN, _visible_user(user))
    return [refusal_schema(each) for each in found]


def _visible_user(user: Principal) -> str | None:
    """Return the user whose entries the caller may see; None: those of all users."""
    return None if user.role.allows(Role.ADMIN) else user.name


def _concerns(user: Principal, name: str) -> bool:
    """Return whether the caller may see what belongs to this user name."""
    return user.role.allows(Role.ADMIN) or name == user.name
