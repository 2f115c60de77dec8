"""The control API under `/sim/`: faults, clock, connections, and the oracle."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

import msgspec

from data.simulator.exchange import Exchange
from data.simulator.fault_runner import FaultRunner
from data.simulator.faults.registry import parse_faults
from data.simulator.market.bars import BARS, DAY_MS, HOUR_MS
from data.simulator.market.candles import candles
from data.simulator.market.match_history import MatchHistory
from data.simulator.market.matches import Matches
from data.simulator.protocol.messages import candle_row, trade_rows
from data.simulator.protocol.streams import TradeStream
from data.simulator.session import ClientSession
from data.simulator.transport.web import WebAnswer, WebRequest
from utils.bounds import shortened
from utils.errors import ConfigError

_MAX_MATCHES = 1_000_000
_DEFAULT_MATCHES = 100
_MAX_CANDLES = 100_000
_MAX_JUMP_MS = 366 * DAY_MS
_MAX_SPEED = 1_000_000.0
_MAX_AHEAD_MS = HOUR_MS
_MAX_DIGITS = 19


class ClockOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the clock."""

    speed: float | None = None
    jump_ms: int | None = None


class PrepareOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far ahead of the clock to prepare the messages of trades."""

    ahead_ms: int


class CloseOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The connections to end, and how; empty means all."""

    connection: int | None = None
    code: int = 1006
    reset: bool = False


class Control:
    """Handles requests under `/sim/`."""

    def __init__(
        self, exchange: Exchange, runner: FaultRunner, sessions: Callable[[], list[ClientSession]]
    ) -> None:
        self._exchange = exchange
        self._runner = runner
        self._sessions = sessions

    async def answer(self, request: WebRequest) -> WebAnswer:
        """Handle one request; never raises."""
        handler = ROUTES.get((request.method, request.path))
        if handler is None:
            known = [f"{method} {path}" for method, path in ROUTES]
            return _answer({"error": f"no {request.method} {request.path}", "known": known}, 404)
        try:
            return _answer(await handler(self, request))
        except (ConfigError, msgspec.DecodeError) as error:
            return _answer({"error": str(error)}, 400)

    async def list_faults(self, request: WebRequest) -> object:  # noqa: ARG002
        """Return the faults that were not removed."""
        return [
            {"number": armed.number, "fault": armed.fault}
            for armed in self._exchange.registry.all()
        ]

    async def add_faults(self, request: WebRequest) -> object:
        """Arm faults; return their numbers."""
        faults = parse_faults(request.body, "POST /sim/faults")
        return {"numbers": [self._runner.add(fault).number for fault in faults]}

    async def clear_faults(self, request: WebRequest) -> object:
        """Disarm one fault or all."""
        number = request.query.get("number")
        if number is None:
            await self._runner.clear()
            return {"removed": True}
        return {"removed": await self._runner.remove(_whole(number, "number"))}

    async def fault_log(self, request: WebRequest) -> object:  # noqa: ARG002
        """Return the activations of faults."""
        return list(self._exchange.registry.log)

    async def clock(self, request: WebRequest) -> object:  # noqa: ARG002
        """Return virtual time and speed."""
        clock = self._exchange.clock
        return {"now_ms": clock.now_ms(), "speed": clock.speed}

    async def set_clock(self, request: WebRequest) -> object:
        """Change the speed, or jump ahead."""
        order = msgspec.json.decode(request.body, type=ClockOrder)
        _require("speed", order.speed, _MAX_SPEED)
        _require("jump_ms", order.jump_ms, _MAX_JUMP_MS)
        if order.speed is not None:
            self._exchange.clock.run_at(order.speed)
        if order.jump_ms is not None:
            self._exchange.clock.jump(order.jump_ms)
        return await self.clock(request)

    async def prepare(self, request: WebRequest) -> object:
        """Prepare the messages of open trade streams ahead of time."""
        order = msgspec.json.decode(request.body, type=PrepareOrder)
        _require("ahead_ms", order.ahead_ms, _MAX_AHEAD_MS)
        until_ms = self._exchange.clock.now_ms() + order.ahead_ms
        streams = self._exchange.hub.open_streams()
        return {
            "messages": sum(
                stream.prepare(until_ms) for stream in streams if isinstance(stream, TradeStream)
            )
        }

    async def connections(self, request: WebRequest) -> object:  # noqa: ARG002
        """Return the open connections."""
        return [session.described() for session in self._sessions()]

    async def close(self, request: WebRequest) -> object:
        """End connections."""
        order = msgspec.json.decode(request.body or b"{}", type=CloseOrder)
        closed = [each for each in self._sessions() if order.connection in (None, each.number)]
        for session in closed:
            if order.reset:
                session.websocket.reset()
            else:
                session.websocket.close(order.code)
        return {"closed": [session.number for session in closed]}

    async def ledger(self, request: WebRequest) -> object:
        """Return the matches and candles of one instrument."""
        query = request.query
        history = self._named_ledger(query.get("inst_id", ""))
        now_ms = self._exchange.clock.now_ms()
        return {
            "inst_id": history.listing.inst_id,
            "now_ms": now_ms,
            "matches": trade_rows(history.listing, _matches(history, query, now_ms)),
            "candles": self._candles(history, query, now_ms),
        }

    def _candles(self, history: MatchHistory, query: dict[str, str], now_ms: int) -> object:
        name = query.get("bar")
        if name is None:
            return []
        bar = BARS.get(name)
        if bar is None:
            raise ConfigError("query", field="bar", problem=f"{name!r} is not one of {list(BARS)}")
        from_ms, to_ms = _span(history, query, now_ms)
        if bar.length_ms and (to_ms - from_ms) // bar.length_ms > _MAX_CANDLES:
            problem = f"names more than {_MAX_CANDLES:,} candles of {name}: choose a later one"
            raise ConfigError("query", field="from_ms", problem=problem)
        if from_ms >= to_ms:
            return []
        stop_ms = bar.step_ms(bar.floor_ms(to_ms - 1), 1)
        found = candles(history, bar, bar.floor_ms(from_ms), stop_ms, now_ms)
        return [
            {
                "row": candle_row(history.listing, candle),
                **{
                    name: value
                    for name, value in asdict(candle).items()
                    if name in ("matches", "first_id", "last_id")
                },
            }
            for candle in found
        ]

    def _named_ledger(self, inst_id: str) -> MatchHistory:
        history = self._exchange.histories.get(inst_id)
        if history is None:
            known = ", ".join(self._exchange.histories)
            raise ConfigError(
                "query", field="inst_id", problem=f"{inst_id!r} is not one of {known}"
            )
        return history


ROUTES: dict[tuple[str, str], Callable[[Control, WebRequest], Awaitable[object]]] = {
    ("GET", "/sim/faults"): Control.list_faults,
    ("POST", "/sim/faults"): Control.add_faults,
    ("DELETE", "/sim/faults"): Control.clear_faults,
    ("GET", "/sim/faults/log"): Control.fault_log,
    ("GET", "/sim/clock"): Control.clock,
    ("POST", "/sim/clock"): Control.set_clock,
    ("POST", "/sim/prepare"): Control.prepare,
    ("GET", "/sim/connections"): Control.connections,
    ("POST", "/sim/connections/close"): Control.close,
    ("GET", "/sim/ledger"): Control.ledger,
}


def _answer(value: object, status: int = 200) -> WebAnswer:
    return WebAnswer(msgspec.json.encode(value), status)


def _whole(text: str, name: str) -> int:
    if not text.isdecimal() or len(text) > _MAX_DIGITS:
        problem = f"must be a whole number of at most {_MAX_DIGITS} digits, was {text[:40]!r}"
        raise ConfigError("query", field=name, problem=problem)
    return int(text)


def _require(field: str, value: float | None, most: float) -> None:
    """Raise ConfigError unless a number is from 0 to `most`, or not given."""
    if value is not None and not 0 <= value <= most:
        problem = f"must be from 0 to {most:,.0f}, was {shortened(value)}"
        raise ConfigError("order", field=field, problem=problem)


def _span(history: MatchHistory, query: dict[str, str], now_ms: int) -> tuple[int, int]:
    """Return the part of a span that lies between the first match and now.

    Raises ConfigError if it holds too many matches.
    """
    start_ms = max(_whole(query.get("from_ms", ""), "from_ms"), history.epoch_ms)
    stop_ms = min(_whole(query.get("to_ms", ""), "to_ms"), now_ms + 1)
    if start_ms < stop_ms and history.matches_up_to(start_ms, stop_ms) > _MAX_MATCHES:
        problem = f"names a span of more than {_MAX_MATCHES:,} matches: choose a later one"
        raise ConfigError("query", field="from_ms", problem=problem)
    return start_ms, stop_ms


def _matches(history: MatchHistory, query: dict[str, str], now_ms: int) -> Matches:
    """Return the matches by id, else by time, else the last hundred."""
    if "first_id" in query or "last_id" in query:
        first = max(_whole(query.get("first_id", "0"), "first_id"), history.first_id)
        last = _whole(query.get("last_id", str(first + _MAX_MATCHES)), "last_id")
        return history.by_id(first, min(last, first + _MAX_MATCHES), now_ms)
    if "from_ms" in query or "to_ms" in query:
        start_ms, stop_ms = _span(history, query, now_ms)
        return history.between(start_ms - 1, max(start_ms, stop_ms) - 1)
    return history.latest(_DEFAULT_MATCHES, now_ms)
