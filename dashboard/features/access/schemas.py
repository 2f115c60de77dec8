"""Requests and responses of `/api/v1/access`."""

from collections.abc import Iterable
from datetime import datetime

from dashboard.rest.schema_types import Line, RequestModel, ResponseModel
from dashboard.security.roles import Principal, Role
from dashboard.security.sessions import Session
from utils.audit import AuditEntry, AuditOutcome, RepeatedRefusal


class CurrentUserResponse(ResponseModel):
    """The sender of a request. `locked`: this dashboard requires a login."""

    name: str
    role: Role
    locked: bool


class SessionSchema(ResponseModel):
    """A browser that is logged in. `id` grants no access."""

    id: str
    name: str
    key_id: str
    started_at: datetime
    address: str
    agent: str


class SessionsResponse(ResponseModel):
    """Open sessions. `current`: the id of the request's own; empty for a program."""

    sessions: list[SessionSchema]
    current: str


class EndSessionRequest(RequestModel):
    """End a session, by its id."""

    session: Line


class AuditEntrySchema(ResponseModel):
    """A command or a login: when, by whom, from where, and its outcome.

    `details` hold the arguments, without secrets; `note` is the problem of one that failed.
    """

    at: datetime
    username: str
    role: str
    address: str
    action: str
    details: str
    outcome: AuditOutcome
    note: str


class RefusalSchema(AuditEntrySchema):
    """A refused request: its newest entry, and how often it was refused since `first_at`."""

    count: int
    first_at: datetime


def current_user_response(user: Principal, *, is_locked: bool) -> CurrentUserResponse:
    """Return the sender of a request as a response."""
    return CurrentUserResponse(name=user.name, role=user.role, locked=is_locked)


def sessions_response(sessions: Iterable[Session], current: Session | None) -> SessionsResponse:
    """Return open sessions as a response."""
    return SessionsResponse(
        sessions=[SessionSchema.model_validate(each, from_attributes=True) for each in sessions],
        current=current.id if current else "",
    )


def audit_entry_schema(entry: AuditEntry) -> AuditEntrySchema:
    """Return an entry of the audit log as a part of a response."""
    return AuditEntrySchema.model_validate(entry, from_attributes=True)


def refusal_schema(refusal: RepeatedRefusal) -> RefusalSchema:
    """Return a repeated refusal as a part of a response."""
    newest = audit_entry_schema(refusal.newest)
    return RefusalSchema(**newest.model_dump(), count=refusal.count, first_at=refusal.first_at)
