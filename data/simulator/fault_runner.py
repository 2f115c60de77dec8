"""Run the faults that act at their times: on connections, ids, rates and instruments."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import singledispatchmethod

import msgspec

from data.simulator.exchange import Exchange
from data.simulator.faults import kinds
from data.simulator.faults.injector import reaches
from data.simulator.faults.registry import Armed
from data.simulator.market.listing import ListingChange
from data.simulator.market.match_history import MatchHistory
from data.simulator.protocol.messages import PushMessage
from data.simulator.protocol.requests import Arg
from data.simulator.protocol.streams import EventStream
from data.simulator.session import ClientSession
from utils.errors import ConfigError

log = logging.getLogger("truetape.simulator")

_NOTICE = {
    "event": "notice",
    "code": "64008",
    "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
}


class FaultRunner:
    """Arms faults, and runs those that do not wait for a message or request."""

    def __init__(self, exchange: Exchange, sessions: Callable[[], list[ClientSession]]) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def add(self, fault: kinds.AnyFault) -> Armed:
        """Arm a fault from now on. Raises ConfigError if its instrument is not listed here."""
        self._require_instrument(fault)
        armed = self._exchange.registry.add(fault)
        log.info("fault armed", extra={"number": armed.number, "fault": str(fault)})
        loop = asyncio.get_running_loop()
        self._tasks[armed.number] = loop.create_task(self._play(armed))
        return armed

    async def remove(self, number: int) -> bool:
        """Disarm a fault and undo lasting effects; return whether it existed."""
        task = self._tasks.pop(number, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return self._exchange.registry.remove(number)

    async def clear(self) -> None:
        """Disarm all faults."""
        for number in list(self._tasks):
            await self.remove(number)

    def count_messages(self, session: ClientSession) -> None:
        """End a session that has sent as many messages as a fault allows."""
        for armed, fault in self._exchange.registry.due(kinds.Disconnect):
            allowed = fault.after_messages
            if allowed is None or session.sent_messages < allowed:
                continue
            if reaches(fault, session, "", ""):
                self._disconnect(armed, fault, session)

    def _require_instrument(self, fault: kinds.AnyFault) -> None:
        is_new = isinstance(fault, kinds.InstrumentEvent) and (
            fault.change is ListingChange.NEW_LISTING
        )
        name = getattr(fault, "inst_id", "")
        if name and not is_new and name not in self._exchange.histories:
            known = ", ".join(self._exchange.histories)
            raise ConfigError("fault", field="inst_id", problem=f"{name!r} is not one of {known}")

    async def _play(self, armed: Armed) -> None:
        await asyncio.sleep(armed.fault.start_s)
        await self._act(armed.fault, armed)

    @singledispatchmethod
    async def _act(self, fault: object, armed: Armed) -> None:
        """Do nothing: most faults wait for an event."""

    @_act.register
    async def _(self, fault: kinds.ErrorEvent, armed: Armed) -> None:
        for session in self._targets(armed):
            self._exchange.registry.note(armed, connection=session.number, code=fault.code)
            session.send_event({"event": "error", "code": fault.code, "msg": fault.msg})
            if fault.close_code is not None:
                session.websocket.close(fault.close_code)

    @_act.register
    async def _(self, fault: kinds.Notice, armed: Armed) -> None:
        warned = self._targets(armed)
        for session in warned:
            self._exchange.registry.note(armed, connection=session.number)
            session.send_event(_NOTICE)
        await asyncio.sleep(fault.lead_s)
        for session in warned:
            session.websocket.close(fault.close_code)

    @_act.register
    async def _(self, fault: kinds.Disconnect, armed: Armed) -> None:
        if fault.after_messages is not None:
            return

        async def activate() -> None:
            for session in self._targets(armed):
                self._disconnect(armed, fault, session)

        await self._repeat(armed, fault.every_s, activate)

    @_act.register
    async def _(self, fault: kinds.SilentStall, armed: Armed) -> None:
        if fault.scope is kinds.StallScope.HALF_OPEN:
            for session in self._targets(armed):
                self._exchange.registry.note(armed, connection=session.number)
                session.websocket.freeze()

    @_act.register
    async def _(self, fault: kinds.IdHole, armed: Armed) -> None:
        async def activate() -> None:
            history = self._exchange.histories[fault.inst_id]
            first, last = history.skip_ids(fault.count, self._exchange.clock.now_ms())
            self._exchange.registry.note(armed, inst_id=fault.inst_id, first_id=first, last_id=last)

        await self._repeat(armed, fault.every_s, activate)

    @_act.register
    async def _(self, fault: kinds.Storm, armed: Armed) -> None:
        await self._multiplied(armed, self._histories(fault.inst_id), fault.multiplier)

    @_act.register
    async def _(self, fault: kinds.InstrumentEvent, armed: Armed) -> None:
        self._change(armed, fault, fault.change)
        try:
            if fault.change is ListingChange.SUSPEND:
                await self._multiplied(armed, self._histories(fault.inst_id), 0)
            else:
                await self._last(fault.duration_s)
        finally:
            self._change(armed, fault, None)

    # the actions of the faults

    def _targets(self, armed: Armed) -> list[ClientSession]:
        return [
            session
            for session in self._sessions()
            if reaches(armed.fault, session, "", "")
            and self._exchange.registry.triggers(armed, session.number)
        ]

    def _disconnect(self, armed: Armed, fault: kinds.Disconnect, session: ClientSession) -> None:
        if session.websocket.closing:
            return
        self._exchange.registry.note(
            armed, connection=session.number, messages=session.sent_messages
        )
        if fault.reset:
            session.websocket.reset()
        else:
            session.websocket.close(fault.close_code)

    def _histories(self, inst_id: str) -> list[MatchHistory]:
        names = [inst_id] if inst_id else list(self._exchange.histories)
        return [self._exchange.histories[name] for name in names]

    async def _repeat(
        self, armed: Armed, every_s: float | None, activate: Callable[[], Awaitable[None]]
    ) -> None:
        await activate()
        while every_s is not None:
            await asyncio.sleep(every_s)
            if not any(due is armed for due, _ in self._exchange.registry.due(type(armed.fault))):
                return
            await activate()

    async def _multiplied(self, armed: Armed, histories: list[MatchHistory], copies: int) -> None:
        clock = self._exchange.clock
        for history in histories:
            history.multiply(copies, clock.now_ms())
            self._exchange.registry.note(armed, inst_id=history.listing.inst_id, copies=copies)
        try:
            await self._last(armed.fault.duration_s)
        finally:
            for history in histories:
                history.multiply(1, clock.now_ms())

    async def _last(self, duration_s: float | None) -> None:
        if duration_s is None:
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(duration_s)

    def _change(
        self, armed: Armed, fault: kinds.InstrumentEvent, change: ListingChange | None
    ) -> None:
        catalog = self._exchange.catalog
        if change is None:
            catalog.changes.pop(fault.inst_id, None)
        else:
            catalog.changes[fault.inst_id] = change
            self._exchange.registry.note(armed, inst_id=fault.inst_id, change=change.value)
        instrument = catalog.object(fault.inst_id)
        if instrument is None:
            return
        arg = Arg("instruments", inst_type=str(instrument["instType"]))
        payload = msgspec.json.encode({"arg": arg, "data": [instrument]})
        message = PushMessage(arg.channel, fault.inst_id, payload)
        for stream in self._exchange.hub.open_streams():
            if isinstance(stream, EventStream) and stream.arg == arg:
                stream.put(message)
