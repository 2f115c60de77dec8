"""The page to open after a login: the requested one, on this site only. Pure."""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Scope

HOME = "/"
MAX_TARGET = 1000


def local_target(text: str) -> str:
    """Return the text if it is a path of this site with its query, else the first page.

    A link to this site must not redirect to another one: a path begins with one slash, and browsers
    read a backslash as a slash.
    """
    is_local = (
        text.isascii()
        and text.isprintable()
        and text.startswith("/")
        and not text.startswith("//")
        and "\\" not in text
        and len(text) <= MAX_TARGET
        and not text.startswith(("/login", "/logout"))
    )
    return text if is_local else HOME


def login_query(scope: Scope, headers: Headers) -> str:
    """Return the query that makes the login lead to the requested page, or an empty text.

    Only requests for HTML count: not those of scripts.
    """
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    if "text/html" not in headers.get("accept", ""):
        return ""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = local_target((raw + (b"?" + query if query else b"")).decode("latin-1"))
    return "" if target == HOME else f"?next={quote(target, safe='/')}"
