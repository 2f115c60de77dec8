"""Where a login leads: the page that was asked for, on this site only. Pure."""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Scope

HOME = "/"
MAX_TARGET = 1000


def local_target(text: str) -> str:
    """Return a path of this site with its query, or the first page where the text is none.

    Another site must not be reached by a link that shows ours: a path begins with one slash, and
    browsers take a backslash for one.
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
    """Return the query with which the login leads to the page that a browser asked for, or none.

    Only what a person opens is a page: not what a script reads.
    """
    if scope["type"] != "http" or scope["method"] != "GET":
        return ""
    if "text/html" not in headers.get("accept", ""):
        return ""
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"]
    target = local_target((raw + (b"?" + query if query else b"")).decode("latin-1"))
    return "" if target == HOME else f"?next={quote(target, safe='/')}"
