"""Serves the paths without a route: a page, or 404."""

from pathlib import PurePosixPath

from fastapi import FastAPI
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from dashboard.features.registry import page_at
from dashboard.rest.problems import ErrorResponse
from dashboard.rest.responses import NOT_FOUND, problem_response

# Where frameworks describe their API: programs try these paths, and this server has none.
_API_DESCRIPTIONS = frozenset({"docs", "redoc"})


def add_fallback_route(server: FastAPI) -> None:
    """Serve all other paths. Add it last: Dash's own catch-all answers 200 to any path."""
    api_segments = {_first_segment(_path_of(route)) for route in server.routes} - {""}
    fallback = _Fallback(server, frozenset(api_segments | _API_DESCRIPTIONS))
    server.router.routes.append(Route("/{path:path}", fallback, methods=["GET"]))


class _Fallback:
    """Serves the frame of the pages, or JSON below the segments of the API."""

    def __init__(self, server: FastAPI, api_segments: frozenset[str]) -> None:
        self._server = server
        self._api_segments = api_segments

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if page_at(path) is not None:
            await self._serve_frame(scope, receive, send)
        elif page_at(path.rstrip("/")) is None and self._is_for_programs(path):
            answer = problem_response(
                ErrorResponse(problem=f"Nothing is served at {path}"), NOT_FOUND
            )
            await answer(scope, receive, send)
        else:
            await self._serve_frame(scope, receive, _with_status(NOT_FOUND, send))

    async def _serve_frame(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the same as at `/`: scripts show the page of the address, or "No such page"."""
        await self._server({**scope, "path": "/", "raw_path": b"/"}, receive, send)

    def _is_for_programs(self, path: str) -> bool:
        first = _first_segment(path)
        is_file = bool(PurePosixPath(path).suffix)
        return is_file or first.startswith("_") or first in self._api_segments


def _with_status(status: int, send: Send) -> Send:
    async def send_with_status(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["status"] = status
        await send(message)

    return send_with_status


def _path_of(route: BaseRoute) -> str:
    return str(getattr(route, "path", ""))


def _first_segment(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
