"""A minimal HTTP/1.1: requests with a body of known length, answers with JSON."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

_MAX_HEAD_BYTES = 65_536
_MAX_BODY_BYTES = 16 * 1024 * 1024


class BadHttp(Exception):
    """The bytes are not an HTTP request that this server understands."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One HTTP request; header names are in lower case, `raw` is all of it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw: bytes

    @property
    def upgrades(self) -> bool:
        """Return whether the client requests a WebSocket."""
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def keeps_alive(self) -> bool:
        """Return whether another request may follow on this connection."""
        return self.headers.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the bytes to send."""
        head = {
            "Content-Type": "application/json",
            "Content-Length": str(len(self.body)),
            **self.headers,
        }
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def take_request(buffer: bytearray) -> WebRequest | None:
    """Remove and return the first whole request; None if bytes are missing. Raises BadHttp."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > _MAX_HEAD_BYTES:
            raise BadHttp("the header of the request is too long")
        return None
    line, *fields = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = {}
    for text in fields:
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = _body_length(headers)
    total = end + 4 + length
    if len(buffer) < total:
        return None
    raw = bytes(buffer[:total])
    del buffer[:total]
    return _request(line, headers, raw[end + 4 :], raw)


def _body_length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > _MAX_BODY_BYTES or "transfer-encoding" in headers:
        raise BadHttp("the body must have a Content-Length of at most 16 MiB")
    return int(text)


def _request(line: str, headers: dict[str, str], body: bytes, raw: bytes) -> WebRequest:
    try:
        method, target, _ = line.split(" ")
    except ValueError:
        raise BadHttp(f"{line!r} is not a request line") from None
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return WebRequest(method, parts.path, query, headers, body, raw)
