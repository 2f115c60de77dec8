"""The simulator as a server: one port for WebSocket, REST and control."""

import asyncio
import contextlib
import logging
from collections import deque
from types import TracebackType
from typing import Self

from data.simulator.capture import CapturePlayer
from data.simulator.clock import VirtualClock
from data.simulator.config import SimulatorConfig
from data.simulator.control import Control
from data.simulator.fault_runner import FaultRunner
from data.simulator.faults import kinds
from data.simulator.faults.kinds import AnyFault
from data.simulator.faults.registry import FaultActivation
from data.simulator.oracle import Oracle
from data.simulator.protocol.requests import WEBSOCKET_PATHS, Path
from data.simulator.rest_handler import RestHandler
from data.simulator.session import ClientSession
from data.simulator.start import build_exchange
from data.simulator.transport.http_connection import ConnectionHandlers, HangUp, HttpConnection
from data.simulator.transport.web import WebAnswer, WebRequest
from data.simulator.transport.websocket import WebSocketConnection

log = logging.getLogger("truetape.simulator")

_IDLE_CHECKS = 10
_GOING_AWAY = 1001
_GRACE_S = 0.5


class Simulator:
    """A running simulated exchange: `async with Simulator(config) as simulator:`."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.exchange, self._capture = build_exchange(config)
        self._runner = FaultRunner(self.exchange, self.sessions)
        self._rest_handler = RestHandler(self.exchange)
        self._control = Control(self.exchange, self._runner, self.sessions)
        self._sessions: dict[int, ClientSession] = {}
        self._connections = self._attempts = 0
        self._connected: deque[float] = deque()
        self._http_connections: set[HttpConnection] = set()
        self._server: asyncio.Server
        self._beating: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        handlers = ConnectionHandlers(
            answer=self._answer,
            check_upgrade=self._check_upgrade,
            accept=self._accept,
            compress=self.config.compress,
            request_bytes=self.config.limits.request_bytes,
        )
        self._server = await loop.create_server(
            lambda: HttpConnection(handlers, self._http_connections),
            self.config.host,
            self.config.port,
        )
        for fault in self.config.faults:
            self._runner.add(fault)
        self._beating = loop.create_task(self._beat())
        log.info("simulator started", extra={"url": self.rest_url, "seed": self.config.seed})
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        self._beating.cancel()
        await self._runner.clear()
        for http_connection in list(self._http_connections):
            http_connection.shut(_GOING_AWAY)
        if self._http_connections:
            await asyncio.wait(
                [http_connection.closed for http_connection in self._http_connections],
                timeout=_GRACE_S,
            )
        for http_connection in list(self._http_connections):
            http_connection.abort()
        await self._server.wait_closed()
        with contextlib.suppress(asyncio.CancelledError):
            await self._beating

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Serve until `stopped`. Raises any error that stops the market."""
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, self._beating}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._beating.done():
            self._beating.result()

    @property
    def port(self) -> int:
        """Return the port, also when the operating system chose it."""
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def rest_url(self) -> str:
        """Return the root of REST and of the control API."""
        return f"http://{self.config.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Return the root of the WebSocket paths: append `/ws/v5/public` or `/ws/v5/business`."""
        return f"ws://{self.config.host}:{self.port}"

    @property
    def clock(self) -> VirtualClock:
        """Return the exchange's clock, to read, speed up or move ahead."""
        return self.exchange.clock

    @property
    def oracle(self) -> Oracle:
        """Return the oracle of this exchange."""
        return Oracle(self.exchange)

    def add_fault(self, fault: AnyFault) -> int:
        """Arm a fault from now on; return its number. Raises ConfigError."""
        return self._runner.add(fault).number

    async def remove_fault(self, number: int) -> bool:
        """Disarm a fault and undo lasting effects; return whether it existed."""
        return await self._runner.remove(number)

    @property
    def fault_log(self) -> list[FaultActivation]:
        """Return the activations of faults, oldest first."""
        return list(self.exchange.registry.log)

    def sessions(self) -> list[ClientSession]:
        """Return the open WebSocket sessions, oldest first."""
        return list(self._sessions.values())

    # the handlers of connections

    async def _answer(self, request: WebRequest) -> WebAnswer:
        if request.path.startswith("/sim/"):
            return await self._control.answer(request)
        return await self._rest_handler.answer(request)

    def _check_upgrade(self, request: WebRequest) -> WebAnswer | None:
        path = WEBSOCKET_PATHS.get(request.path)
        if path is None:
            return WebAnswer(b"", 404)
        self._attempts += 1
        return self._refused(path) or self._check_rate()

    def _refused(self, path: Path) -> WebAnswer | None:
        registry = self.exchange.registry
        for armed, fault in registry.due(kinds.RefuseConnect):
            if fault.path in ("", path.value) and registry.triggers(armed, self._attempts):
                registry.note(armed, path=path.value)
                if fault.status is None:
                    raise HangUp
                return WebAnswer(b"", fault.status)
        return None

    def _check_rate(self) -> WebAnswer | None:
        now_s = self.exchange.monotonic_s()
        while self._connected and now_s - self._connected[0] > 1.0:
            self._connected.popleft()
        if len(self._connected) >= self.config.limits.connects_per_s:
            return WebAnswer(b'{"code":"50011","msg":"Too Many Requests"}', 429)
        self._connected.append(now_s)
        return None

    def _accept(self, path: str, websocket: WebSocketConnection) -> None:
        self._connections += 1
        if self._capture is not None:
            CapturePlayer(self._capture, websocket, self.config.speed)
            return
        number = self._connections
        session = ClientSession(self.exchange, WEBSOCKET_PATHS[path], websocket, number)
        self._sessions[number] = session
        log.info("client connected", extra={"connection": number, "path": session.path})

        def lost() -> None:
            del self._sessions[number]
            session.end()
            log.info(
                "client disconnected", extra={"connection": number, "sent": session.sent_messages}
            )

        websocket.on_lost = lost

    # the periodic beat

    async def _beat(self) -> None:
        idle_every_s = self.config.limits.idle_s / _IDLE_CHECKS
        next_idle_s = 0.0
        while True:
            now_s = self.exchange.monotonic_s()
            self.exchange.hub.beat(self.exchange.clock.now_ms(), now_s)
            for session in self.sessions():
                self._runner.count_messages(session)
            if now_s >= next_idle_s:
                next_idle_s = now_s + idle_every_s
                for session in self.sessions():
                    session.check_idle(now_s)
            await asyncio.sleep(self.config.limits.tick_s)
