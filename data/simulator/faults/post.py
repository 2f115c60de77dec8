"""The way from the exchange to one client, with everything that happens to messages on it."""

import asyncio
import heapq
from functools import partial
from itertools import count
from typing import Protocol

from data.simulator.clock import VirtualClock
from data.simulator.faults import kinds
from data.simulator.faults.book import Armed, FaultBook
from data.simulator.faults.letters import Letter, Place, altered, is_late_trade
from data.simulator.market.words import key_of
from data.simulator.protocol.messages import Message

# What is lost is lost before anything else happens to it; what is late is late last.
_ORDER = (
    kinds.SilentStall,
    kinds.DropMessage,
    kinds.Malformed,
    kinds.Duplicate,
    kinds.LateAfterClose,
    kinds.Delay,
    kinds.Reorder,
)
_SHUFFLE_PATIENCE_S = 1.0


class Line(Protocol):
    """What the post knows of a client's line."""

    number: int
    path: str

    def send(self, payloads: list[bytes]) -> None:
        """Put texts on the line."""

    def send_binary(self, payload: bytes) -> None:
        """Put a binary frame on the line."""


class Post:
    """Carry one client's messages, through the faults that are due."""

    def __init__(
        self, line: Line, book: FaultBook, clock: VirtualClock, close_delay_ms: int
    ) -> None:
        self._line = line
        self._book = book
        self._clock = clock
        self._close_delay_ms = close_delay_ms
        self._later: list[tuple[float, int, Letter]] = []
        self._turns = count()
        self._last_in_order_s = 0.0
        self._shuffled: dict[int, list[Letter]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def carry(self, messages: list[Message]) -> None:
        """Send messages, or lose, change or keep them for later."""
        faults = sorted(self._book.due(*_ORDER), key=lambda due: _ORDER.index(type(due[1])))
        now_s = self._book.monotonic_s()
        if not faults and not self._later:
            self._line.send([message.payload for message in messages])
            return
        for message in messages:
            letters = [Letter(message, now_s)]
            for armed, fault in faults:
                if reaches(fault, self._line, message.channel, message.inst_id):
                    letters = [out for letter in letters for out in self._meet(armed, letter)]
            self._enqueue(letters)
        self._release()

    def close(self) -> None:
        """Forget everything that waits."""
        if self._timer is not None:
            self._timer.cancel()
        self._later.clear()
        self._shuffled.clear()

    def _meet(self, armed: Armed, letter: Letter) -> list[Letter]:
        fault, message = armed.fault, letter.message
        place = (self._line.number, key_of(message.channel), key_of(message.inst_id))
        at = (*place, message.last_id, message.time_ms)
        if not _concerns(fault, letter) or not self._book.strikes(armed, *at):
            return [letter]
        self._book.note(
            armed,
            connection=self._line.number,
            channel=message.channel,
            inst_id=message.inst_id,
            first_id=message.first_id,
            last_id=message.last_id,
        )
        if isinstance(fault, kinds.Reorder) and fault.window_messages:
            return self._shuffle(armed, fault, letter)
        here = Place(
            now_ms=self._clock.now_ms(),
            real_s=self._clock.real_s,
            dice=partial(self._book.dice, armed, *at),
            close_delay_ms=self._close_delay_ms,
        )
        return altered(fault, letter, here)

    def _shuffle(self, armed: Armed, fault: kinds.Reorder, letter: Letter) -> list[Letter]:
        held = self._shuffled.setdefault(armed.number, [])
        held.append(letter)
        if len(held) == 1:
            loop = asyncio.get_running_loop()
            loop.call_later(_SHUFFLE_PATIENCE_S, self._let_go, armed.number, held)
        if len(held) < fault.window_messages:
            return []
        del self._shuffled[armed.number]
        held.sort(key=lambda each: self._book.dice(armed, each.message.last_id))
        return held

    def _let_go(self, number: int, held: list[Letter]) -> None:
        if self._shuffled.get(number) is held:
            del self._shuffled[number]
            self._enqueue(held)
            self._release()

    def _send_one(self, payload: bytes) -> None:
        self._line.send([payload])

    def _enqueue(self, letters: list[Letter]) -> None:
        for letter in letters:
            due_s = letter.due_s
            if letter.in_order:
                due_s = self._last_in_order_s = max(due_s, self._last_in_order_s)
            heapq.heappush(self._later, (due_s, next(self._turns), letter))

    def _release(self) -> None:
        now_s = self._book.monotonic_s()
        while self._later and self._later[0][0] <= now_s:
            letter = heapq.heappop(self._later)[2]
            send = self._line.send_binary if letter.binary else self._send_one
            send(letter.message.payload)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._later:
            wait_s = self._later[0][0] - now_s
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._release)


def reaches(fault: object, line: Line, channel: str, inst_id: str) -> bool:
    """Tell whether a fault is about this line and stream."""
    return (
        _fits(getattr(fault, "channel", ""), channel)
        and _fits(getattr(fault, "inst_id", ""), inst_id)
        and _fits(getattr(fault, "path", ""), line.path)
        and getattr(fault, "connection", None) in (None, line.number)
    )


def _fits(wanted: str, actual: str) -> bool:
    return wanted in ("", actual)


def _concerns(fault: object, letter: Letter) -> bool:
    message = letter.message
    if isinstance(fault, kinds.Malformed):
        return not letter.spoiled
    if isinstance(fault, kinds.DropMessage) and fault.ids:
        return any(message.first_id <= match_id <= message.last_id for match_id in fault.ids)
    if isinstance(fault, kinds.LateAfterClose):
        return is_late_trade(fault, message)
    if isinstance(fault, kinds.SilentStall):
        return fault.scope is not kinds.StallScope.HALF_OPEN
    return True
