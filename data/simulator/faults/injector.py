"""Deliver messages from the exchange to one client through the armed faults."""

import asyncio
import heapq
from functools import partial
from itertools import count
from typing import Protocol

from data.simulator.clock import VirtualClock
from data.simulator.faults import kinds
from data.simulator.faults.registry import Armed, FaultRegistry
from data.simulator.faults.scheduled_messages import (
    FaultContext,
    ScheduledMessage,
    apply_fault,
    is_late_trade,
)
from data.simulator.market.prng import key_of
from data.simulator.protocol.messages import PushMessage

# Losses apply before everything else; delays come last.
_ORDER = (
    kinds.SilentStall,
    kinds.DropMessage,
    kinds.Malformed,
    kinds.Duplicate,
    kinds.LateAfterClose,
    kinds.Delay,
    kinds.Reorder,
)
_SHUFFLE_TIMEOUT_S = 1.0


class Line(Protocol):
    """The injector's interface to a client's connection."""

    number: int
    path: str

    def send(self, payloads: list[bytes]) -> None:
        """Send text frames."""

    def send_binary(self, payload: bytes) -> None:
        """Send a binary frame."""


class FaultInjector:
    """Delivers one client's messages through the faults that are due."""

    def __init__(
        self, line: Line, registry: FaultRegistry, clock: VirtualClock, close_delay_ms: int
    ) -> None:
        self._line = line
        self._registry = registry
        self._clock = clock
        self._close_delay_ms = close_delay_ms
        self._later: list[tuple[float, int, ScheduledMessage]] = []
        self._turns = count()
        self._last_in_order_s = 0.0
        self._shuffled: dict[int, list[ScheduledMessage]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def deliver(self, messages: list[PushMessage]) -> None:
        """Send messages, or lose, change or delay them."""
        faults = sorted(self._registry.due(*_ORDER), key=lambda due: _ORDER.index(type(due[1])))
        now_s = self._registry.monotonic_s()
        if not faults and not self._later:
            self._line.send([message.payload for message in messages])
            return
        for message in messages:
            scheduled_messages = [ScheduledMessage(message, now_s)]
            for armed, fault in faults:
                if reaches(fault, self._line, message.channel, message.inst_id):
                    scheduled_messages = [
                        out
                        for scheduled in scheduled_messages
                        for out in self._apply(armed, scheduled)
                    ]
            self._enqueue(scheduled_messages)
        self._release()

    def close(self) -> None:
        """Discard all waiting messages."""
        if self._timer is not None:
            self._timer.cancel()
        self._later.clear()
        self._shuffled.clear()

    def _apply(self, armed: Armed, scheduled: ScheduledMessage) -> list[ScheduledMessage]:
        fault, message = armed.fault, scheduled.message
        place = (self._line.number, key_of(message.channel), key_of(message.inst_id))
        at = (*place, message.last_id, message.time_ms)
        if not _concerns(fault, scheduled) or not self._registry.triggers(armed, *at):
            return [scheduled]
        self._registry.note(
            armed,
            connection=self._line.number,
            channel=message.channel,
            inst_id=message.inst_id,
            first_id=message.first_id,
            last_id=message.last_id,
        )
        if isinstance(fault, kinds.Reorder) and fault.window_messages:
            return self._shuffle(armed, fault, scheduled)
        context = FaultContext(
            now_ms=self._clock.now_ms(),
            real_s=self._clock.real_s,
            dice=partial(self._registry.dice, armed, *at),
            close_delay_ms=self._close_delay_ms,
        )
        return apply_fault(fault, scheduled, context)

    def _shuffle(
        self, armed: Armed, fault: kinds.Reorder, scheduled: ScheduledMessage
    ) -> list[ScheduledMessage]:
        held = self._shuffled.setdefault(armed.number, [])
        held.append(scheduled)
        if len(held) == 1:
            loop = asyncio.get_running_loop()
            loop.call_later(_SHUFFLE_TIMEOUT_S, self._flush_shuffled, armed.number, held)
        if len(held) < fault.window_messages:
            return []
        del self._shuffled[armed.number]
        held.sort(key=lambda each: self._registry.dice(armed, each.message.last_id))
        return held

    def _flush_shuffled(self, number: int, held: list[ScheduledMessage]) -> None:
        if self._shuffled.get(number) is held:
            del self._shuffled[number]
            self._enqueue(held)
            self._release()

    def _send_one(self, payload: bytes) -> None:
        self._line.send([payload])

    def _enqueue(self, scheduled_messages: list[ScheduledMessage]) -> None:
        for scheduled in scheduled_messages:
            due_s = scheduled.due_s
            if scheduled.in_order:
                due_s = self._last_in_order_s = max(due_s, self._last_in_order_s)
            heapq.heappush(self._later, (due_s, next(self._turns), scheduled))

    def _release(self) -> None:
        now_s = self._registry.monotonic_s()
        while self._later and self._later[0][0] <= now_s:
            scheduled = heapq.heappop(self._later)[2]
            send = self._line.send_binary if scheduled.binary else self._send_one
            send(scheduled.message.payload)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._later:
            wait_s = self._later[0][0] - now_s
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._release)


def reaches(fault: object, line: Line, channel: str, inst_id: str) -> bool:
    """Return whether a fault applies to this connection and stream."""
    return (
        _matches(getattr(fault, "channel", ""), channel)
        and _matches(getattr(fault, "inst_id", ""), inst_id)
        and _matches(getattr(fault, "path", ""), line.path)
        and getattr(fault, "connection", None) in (None, line.number)
    )


def _matches(expected: str, actual: str) -> bool:
    return expected in ("", actual)


def _concerns(fault: object, scheduled: ScheduledMessage) -> bool:
    message = scheduled.message
    if isinstance(fault, kinds.Malformed):
        return not scheduled.spoiled
    if isinstance(fault, kinds.DropMessage) and fault.ids:
        return any(message.first_id <= match_id <= message.last_id for match_id in fault.ids)
    if isinstance(fault, kinds.LateAfterClose):
        return is_late_trade(fault, message)
    if isinstance(fault, kinds.SilentStall):
        return fault.scope is not kinds.StallScope.HALF_OPEN
    return True
