"""One client's WebSocket session: subscriptions, replies and rules."""

from collections import deque

import msgspec

from data.simulator.exchange import Exchange
from data.simulator.faults import kinds
from data.simulator.faults.injector import FaultInjector, reaches
from data.simulator.faults.registry import Armed
from data.simulator.market.prng import key_of, mix
from data.simulator.protocol.messages import PushMessage
from data.simulator.protocol.requests import (
    Arg,
    Path,
    Request,
    RequestError,
    parse_request,
    refusal,
)
from data.simulator.protocol.streams import TradeStream
from data.simulator.transport.websocket import WebSocketConnection

_HOUR_S = 3600.0
_NO_DATA, _TOO_SLOW = 4004, 4005


class ClientSession:
    """The exchange's side of one connection."""

    def __init__(
        self, exchange: Exchange, path: Path, websocket: WebSocketConnection, number: int
    ) -> None:
        self.number = number
        self.path = path.value
        self.sent_messages = 0
        self._exchange = exchange
        self._path = path
        self._websocket = websocket
        self._conn_id = f"{mix(exchange.config.seed, number) & 0xFFFFFFFF:08x}"
        self._injector = FaultInjector(
            self, exchange.registry, exchange.clock, exchange.config.limits.candle_close_delay_ms
        )
        self._args: set[Arg] = set()
        self._muted: set[Arg] = set()
        self._requests: deque[float] = deque()
        self._opened_s = self._last_message_s = exchange.monotonic_s()
        websocket.on_text = self._on_text
        websocket.on_overflow = self._on_overflow

    # push messages

    def deliver(self, arg: Arg, messages: list[PushMessage]) -> None:
        """Deliver the messages of one subscription."""
        if self._websocket.closing or arg in self._muted:
            return
        self._injector.deliver(messages)

    def send(self, payloads: list[bytes]) -> None:
        """Send push messages."""
        self._count_messages(len(payloads))
        self._websocket.send(payloads)

    def send_binary(self, payload: bytes) -> None:
        """Send a push message in a binary frame, which is the wrong kind."""
        self._count_messages(1)
        self._websocket.send_binary(payload)

    def _count_messages(self, messages: int) -> None:
        self._last_message_s = self._exchange.monotonic_s()
        self.sent_messages += messages
        self._websocket.limit_bytes = self._buffer_bytes()

    # limits

    def check_idle(self, now_s: float) -> None:
        """Close a connection without messages or subscriptions for too long."""
        last_s = self._last_message_s if self._args else self._opened_s
        if now_s - last_s > self._exchange.config.limits.idle_s:
            self._websocket.close(_NO_DATA, "No data received in 30s.")

    def _buffer_bytes(self) -> int:
        for _, fault in self._exchange.registry.due(kinds.SlowConsumer):
            if reaches(fault, self, "", ""):
                self._websocket.shrink(fault.buffer_bytes)
                return fault.buffer_bytes
        return self._exchange.config.limits.send_buffer_bytes

    def _on_overflow(self) -> None:
        for armed, fault in self._exchange.registry.due(kinds.SlowConsumer):
            if reaches(fault, self, "", ""):
                self._exchange.registry.note(armed, connection=self.number)
        self._websocket.close(_TOO_SLOW, "Buffer full")

    def described(self) -> dict[str, object]:
        """Return the session's state for observers."""
        return {
            "number": self.number,
            "path": self.path,
            "subscriptions": sorted(f"{arg.channel}:{arg.inst_id}" for arg in self._args),
            "sent_messages": self.sent_messages,
            "backlog_bytes": self._websocket.backlog_bytes,
        }

    @property
    def websocket(self) -> WebSocketConnection:
        """Return the connection, to end it."""
        return self._websocket

    def send_event(self, event: dict[str, str]) -> None:
        """Send an event with this connection's id."""
        self._websocket.send([msgspec.json.encode(event | {"connId": self._conn_id})])

    def end(self) -> None:
        """Unsubscribe the client: its connection has ended."""
        self._injector.close()
        for arg in self._args:
            self._exchange.hub.leave(arg, self)
        self._args.clear()

    # requests

    def _on_text(self, text: bytes) -> None:
        if self._is_silenced():
            return
        self._last_message_s = self._exchange.monotonic_s()
        if text == b"ping":
            self._websocket.send([b"pong"])
            return
        try:
            self._handle_request(parse_request(text))
        except RequestError as error:
            self._refuse(error, None)

    def _is_silenced(self) -> bool:
        for _, fault in self._exchange.registry.due(kinds.SilentStall):
            total = fault.scope is kinds.StallScope.ALL
            if total and reaches(fault, self, fault.channel, fault.inst_id):
                return True
        return False

    def _handle_request(self, request: Request) -> None:
        self._count_request()
        if request.op == "login":
            raise RequestError("60009", "Login failed.")
        known = self._exchange.catalog.open_to_subscribe
        accepted = []
        for arg in request.args:
            error = refusal(arg, self._path, known)
            if error is not None:
                self._refuse(error, request.id)
            elif request.op == "unsubscribe":
                self._unsubscribe(arg, request.id)
            elif not self._spoiled(arg, request.id):
                self._reply("subscribe", arg, request.id)
                accepted.append(arg)
        # The real exchange answers every arg of a request before it pushes data.
        for arg in accepted:
            self._open(arg)

    def _count_request(self) -> None:
        now_s = self._exchange.monotonic_s()
        while self._requests and now_s - self._requests[0] > _HOUR_S:
            self._requests.popleft()
        self._requests.append(now_s)
        if len(self._requests) > self._exchange.config.limits.requests_per_hour:
            raise RequestError("60014", "Requests too frequent")

    def _open(self, arg: Arg) -> None:
        is_new = arg not in self._args
        self._args.add(arg)
        stream = self._exchange.hub.join(arg, self)
        now_ms = self._exchange.clock.now_ms()
        if is_new:
            self.deliver(arg, stream.opening(now_ms))
        if isinstance(stream, TradeStream):
            self._replay(arg, stream, now_ms)

    def _unsubscribe(self, arg: Arg, request_id: str | None) -> None:
        self._args.discard(arg)
        self._muted.discard(arg)
        self._exchange.hub.leave(arg, self)
        self._reply("unsubscribe", arg, request_id)

    def _spoiled(self, arg: Arg, request_id: str | None) -> bool:
        """Apply faults to a subscribe; return whether nothing is left to do."""
        self._muted.discard(arg)
        for armed, fault in self._triggers(
            arg, kinds.AckLost, kinds.AckError, kinds.AckWithoutData
        ):
            self._exchange.registry.note(
                armed, connection=self.number, channel=arg.channel, inst_id=arg.inst_id
            )
            if isinstance(fault, kinds.AckLost):
                return True
            if isinstance(fault, kinds.AckError):
                msg = fault.msg.format(channel=arg.channel, inst_id=arg.inst_id)
                self._refuse(RequestError(fault.code, msg), request_id)
                return True
            self._muted.add(arg)
        return False

    def _replay(self, arg: Arg, stream: TradeStream, now_ms: int) -> None:
        for armed, fault in self._triggers(arg, kinds.ResubReplay):
            if isinstance(fault, kinds.ResubReplay):
                messages = stream.last(fault.count, now_ms)
                self._exchange.registry.note(
                    armed, connection=self.number, inst_id=arg.inst_id, count=len(messages)
                )
                self.deliver(arg, messages)

    def _triggers(
        self, arg: Arg, *fault_types: type[kinds.AnyFault]
    ) -> list[tuple[Armed, kinds.AnyFault]]:
        registry = self._exchange.registry
        place = (self.number, key_of(arg.channel), key_of(arg.inst_id), len(self._requests))
        return [
            (armed, fault)
            for armed, fault in registry.due(*fault_types)
            if reaches(fault, self, arg.channel, arg.inst_id) and registry.triggers(armed, *place)
        ]

    def _reply(self, event: str, arg: Arg, request_id: str | None) -> None:
        reply = {} if request_id is None else {"id": request_id}
        body = {**reply, "event": event, "arg": arg, "connId": self._conn_id}
        self._websocket.send([msgspec.json.encode(body)])

    def _refuse(self, error: RequestError, request_id: str | None) -> None:
        reply = {} if request_id is None else {"id": request_id}
        self.send_event({**reply, "event": "error", "code": error.code, "msg": error.msg})
