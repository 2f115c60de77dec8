"""The requests of clients over WebSocket, and the channels of each path."""

from enum import StrEnum

import msgspec

from data.simulator.market.bars import BARS


class Path(StrEnum):
    """The three WebSocket paths of the exchange."""

    PUBLIC = "public"
    BUSINESS = "business"
    PRIVATE = "private"


WEBSOCKET_PATHS = {f"/ws/v5/{path}": path for path in Path}
CANDLE_CHANNELS = {f"candle{name}": bar for name, bar in BARS.items()}
_PATHS = {
    "trades": Path.PUBLIC,
    "tickers": Path.PUBLIC,
    "instruments": Path.PUBLIC,
    "status": Path.PUBLIC,
    "trades-all": Path.BUSINESS,
    **dict.fromkeys(CANDLE_CHANNELS, Path.BUSINESS),
}


class Arg(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One subscription."""

    channel: str
    inst_id: str = ""
    inst_type: str = ""


class Request(msgspec.Struct, frozen=True):
    """One request of a client."""

    op: str
    args: tuple[Arg, ...]
    id: str | None = None


class RequestError(Exception):
    """The whole request is refused, with the exchange's own code."""

    def __init__(self, code: str, msg: str) -> None:
        self.code = code
        self.msg = msg
        super().__init__(f"{code}: {msg}")


_DECODER = msgspec.json.Decoder(Request)


def parse_request(text: bytes) -> Request:
    """Parse a request. Raises RequestError with the exchange's answer."""
    try:
        request = _DECODER.decode(text)
    except msgspec.DecodeError as error:
        raise RequestError("60012", f"Invalid request: {text.decode(errors='replace')}") from error
    if request.op not in ("subscribe", "unsubscribe", "login"):
        raise RequestError("60019", f"Invalid op: {request.op}")
    if not request.args:
        raise RequestError("60012", f"Invalid request: {text.decode(errors='replace')}")
    return request


def refusal(arg: Arg, path: Path, known: frozenset[str]) -> RequestError | None:
    """Return why a subscription is refused on this path; None if it is not."""
    if path is Path.PRIVATE:
        return RequestError("60011", "Please log in")
    requires_instrument = arg.channel not in ("instruments", "status")
    exists = _PATHS.get(arg.channel) is path
    if exists and not (requires_instrument and arg.inst_id not in known):
        return None
    return RequestError(
        "60018",
        f"Wrong URL or channel:{arg.channel},instId:{arg.inst_id} doesn't exist. "
        "Please use the correct URL, channel and parameters referring to API document.",
    )
