"""What faults do to a message on its way: pure, one function per fault."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from data.simulator.faults import kinds
from data.simulator.market.bars import BARS
from data.simulator.protocol.messages import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and when it leaves, in seconds of the line's clock.

    Those `in_order` never overtake each other; the others leave exactly when due. What is `spoiled`
    is not damaged again.
    """

    message: Message
    due_s: float
    in_order: bool = True
    binary: bool = False
    spoiled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a fault meets a letter: the virtual moment, how virtual time runs, and its dice.

    `dice(n)` is the n-th number in [0, 1) of this fault and message.
    """

    now_ms: int
    real_s: Callable[[int], float]
    dice: Callable[[int], float]
    close_delay_ms: int


@singledispatch
def altered(fault: object, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    """Return what becomes of a letter; a fault that does not concern letters changes nothing."""
    return [letter]


@altered.register
def _(fault: kinds.DropMessage, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    return []


@altered.register
def _(fault: kinds.SilentStall, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    return []


@altered.register
def _(fault: kinds.Duplicate, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    if fault.delay_ms == 0:
        return [letter] * (fault.times + 1)
    later = [
        replace(letter, due_s=letter.due_s + turn * fault.delay_ms / 1000, in_order=False)
        for turn in range(1, fault.times + 1)
    ]
    return [letter, *later]


@altered.register
def _(fault: kinds.Reorder, letter: Letter, place: Place) -> list[Letter]:
    held_s = fault.window_ms / 1000 * place.dice(0)
    return [replace(letter, due_s=letter.due_s + held_s, in_order=False)]


@altered.register
def _(fault: kinds.Delay, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    due_s = letter.due_s
    if fault.burst_ms:
        burst_s = fault.burst_ms / 1000
        due_s = math.ceil(due_s / burst_s) * burst_s
    return [replace(letter, due_s=due_s + fault.latency_ms / 1000)]


@altered.register
def _(fault: kinds.LateAfterClose, letter: Letter, place: Place) -> list[Letter]:
    bar = BARS[fault.bar]
    close_ms = bar.step_ms(bar.floor_ms(letter.message.time_ms), 1)
    wait_ms = close_ms + place.close_delay_ms - place.now_ms
    held_s = place.real_s(max(0, wait_ms)) + fault.after_ms / 1000
    return [replace(letter, due_s=letter.due_s + held_s, in_order=False)]


@altered.register
def _(fault: kinds.Malformed, letter: Letter, place: Place) -> list[Letter]:  # noqa: ARG001
    return [replace(each, spoiled=True) for each in _DAMAGES[fault.kind](letter)]


def is_late_trade(fault: kinds.LateAfterClose, message: Message) -> bool:
    """Tell whether a trade lies so near the end of its candle that this fault holds it."""
    if message.last_id < 0:
        return False
    bar = BARS[fault.bar]
    close_ms = bar.step_ms(bar.floor_ms(message.time_ms), 1)
    return close_ms - message.time_ms <= fault.within_ms


def _with_payload(letter: Letter, payload: bytes) -> Letter:
    return replace(letter, message=letter.message._replace(payload=payload))


def _edited(letter: Letter, edit: Callable[[dict[str, Any]], None]) -> list[Letter]:
    tree = json.loads(letter.message.payload)
    edit(tree)
    return [_with_payload(letter, json.dumps(tree, separators=(",", ":")).encode())]


def _truncated(letter: Letter) -> list[Letter]:
    payload = letter.message.payload
    return [_with_payload(letter, payload[: len(payload) * 2 // 3])]


def _binary(letter: Letter) -> list[Letter]:
    return [replace(letter, binary=True)]


def _unknown_event(letter: Letter) -> list[Letter]:
    event = b'{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}'
    return [_with_payload(letter, event), letter]


def _extra_field(letter: Letter) -> list[Letter]:
    def edit(tree: dict[str, Any]) -> None:
        tree["newField"] = {"nested": [1, None]}
        for row in tree["data"]:
            if isinstance(row, dict):
                row["newField"] = "1"

    return _edited(letter, edit)


def _missing_field(letter: Letter) -> list[Letter]:
    def edit(tree: dict[str, Any]) -> None:
        for row in tree["data"]:
            if isinstance(row, dict):
                for name in ("count", "seqId", "source"):
                    row.pop(name, None)

    return _edited(letter, edit)


def _number_for_string(letter: Letter) -> list[Letter]:
    def edit(tree: dict[str, Any]) -> None:
        for row in tree["data"]:
            if isinstance(row, dict) and "ts" in row:
                row["ts"] = int(row["ts"])

    return _edited(letter, edit)


def _empty_data(letter: Letter) -> list[Letter]:
    return _edited(letter, lambda tree: tree.update(data=[]))


_DAMAGES: dict[kinds.Damage, Callable[[Letter], list[Letter]]] = {
    kinds.Damage.TRUNCATED: _truncated,
    kinds.Damage.BINARY: _binary,
    kinds.Damage.UNKNOWN_EVENT: _unknown_event,
    kinds.Damage.EXTRA_FIELD: _extra_field,
    kinds.Damage.MISSING_FIELD: _missing_field,
    kinds.Damage.NUMBER_FOR_STRING: _number_for_string,
    kinds.Damage.EMPTY_DATA: _empty_data,
}
