"""The browser's ES modules in `dashboard/web`, mounted at `/web/<digest>/`.

The digest in the path is of the whole folder: relative imports inherit it, so a module has one URL,
is loaded once, and never meets a module of another version.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath
from types import MappingProxyType

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.rest.responses import NOT_FOUND, json_response

FOLDER = Path(__file__).parent / "web"
ENTRY = "main.js"
MOUNT = "/web/"
_DIGEST_LENGTH = 16
_IMPORT = re.compile(r"^(?:import|export)\s(?:[^;\"]*\sfrom\s)?\s*\"(\.[^\"]+)\";", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BrowserModules:
    """The modules of a folder by their path in it, as read once at the start."""

    sources: Mapping[str, bytes]
    digest: str

    @property
    def entry(self) -> str:
        """Return the URL of the module that imports all others."""
        return self.url(ENTRY)

    def url(self, path: str) -> str:
        """Return where a module is served."""
        return f"{MOUNT}{self.digest}/{path}"

    def preloads(self) -> list[str]:
        """Return the URLs of the entry and all that it imports, in the order of the imports."""
        found, waiting = [ENTRY], [ENTRY]
        while waiting:
            for path in imports_of(waiting.pop(0), self.sources):
                if path not in found:
                    found.append(path)
                    waiting.append(path)
        return [self.url(path) for path in found]


def read_modules(folder: Path = FOLDER) -> BrowserModules:
    """Read the modules of a folder; the digest is of their names and bytes."""
    paths = sorted(folder.rglob("*.js"))
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    whole = sha256()
    for name, source in sources.items():
        whole.update(f"{name}\0{len(source)}\0".encode() + source)
    return BrowserModules(MappingProxyType(sources), whole.hexdigest()[:_DIGEST_LENGTH])


def imports_of(path: str, sources: Mapping[str, bytes]) -> list[str]:
    """Return the paths that a module imports."""
    named = _IMPORT.findall(sources[path].decode())
    return [normpath(join(dirname(path), name)) for name in named]


def add_module_route(server: FastAPI, modules: BrowserModules) -> None:
    """Serve the modules. Another digest is 404: the page of another version reloads itself."""

    async def serve_module(request: Request) -> Response:
        source = modules.sources.get(request.path_params["path"])
        if source is None or request.path_params["digest"] != modules.digest:
            return json_response({"problem": f"Nothing is served at {request.url.path}"}, NOT_FOUND)
        return Response(source, media_type="text/javascript")

    server.router.routes.append(Route(MOUNT + "{digest}/{path:path}", serve_module))
