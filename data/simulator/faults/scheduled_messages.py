"""Apply faults to a message before it is sent: pure, one function per fault."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from data.simulator.faults import kinds
from data.simulator.market.bars import BARS
from data.simulator.protocol.messages import PushMessage


@dataclass(frozen=True, slots=True)
class ScheduledMessage:
    """A message and its send time, in seconds of the connection's clock.

    Those `in_order` never overtake each other; the others are sent exactly when due. A `spoiled`
    one is not damaged again.
    """

    message: PushMessage
    due_s: float
    in_order: bool = True
    binary: bool = False
    spoiled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultContext:
    """The context in which a fault meets a message: virtual time, its conversion, and randomness.

    `dice(n)` is the n-th number in [0, 1) of this fault and message.
    """

    now_ms: int
    real_s: Callable[[int], float]
    dice: Callable[[int], float]
    close_delay_ms: int


@singledispatch
def apply_fault(
    fault: object, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    """Return the messages that replace one; faults that do not affect messages change nothing."""
    return [scheduled]


@apply_fault.register
def _(
    fault: kinds.DropMessage, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    return []


@apply_fault.register
def _(
    fault: kinds.SilentStall, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    return []


@apply_fault.register
def _(
    fault: kinds.Duplicate, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    if fault.delay_ms == 0:
        return [scheduled] * (fault.times + 1)
    later = [
        replace(scheduled, due_s=scheduled.due_s + turn * fault.delay_ms / 1000, in_order=False)
        for turn in range(1, fault.times + 1)
    ]
    return [scheduled, *later]


@apply_fault.register
def _(
    fault: kinds.Reorder, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    held_s = fault.window_ms / 1000 * context.dice(0)
    return [replace(scheduled, due_s=scheduled.due_s + held_s, in_order=False)]


@apply_fault.register
def _(
    fault: kinds.Delay, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    due_s = scheduled.due_s
    if fault.burst_ms:
        burst_s = fault.burst_ms / 1000
        due_s = math.ceil(due_s / burst_s) * burst_s
    return [replace(scheduled, due_s=due_s + fault.latency_ms / 1000)]


@apply_fault.register
def _(
    fault: kinds.LateAfterClose, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    bar = BARS[fault.bar]
    close_ms = bar.step_ms(bar.floor_ms(scheduled.message.time_ms), 1)
    wait_ms = close_ms + context.close_delay_ms - context.now_ms
    held_s = context.real_s(max(0, wait_ms)) + fault.after_ms / 1000
    return [replace(scheduled, due_s=scheduled.due_s + held_s, in_order=False)]


@apply_fault.register
def _(
    fault: kinds.Malformed, scheduled: ScheduledMessage, context: FaultContext
) -> list[ScheduledMessage]:
    return [replace(each, spoiled=True) for each in _DAMAGES[fault.kind](scheduled)]


def is_late_trade(fault: kinds.LateAfterClose, message: PushMessage) -> bool:
    """Return whether a trade is so near the end of its candle that this fault holds it."""
    if message.last_id < 0:
        return False
    bar = BARS[fault.bar]
    close_ms = bar.step_ms(bar.floor_ms(message.time_ms), 1)
    return close_ms - message.time_ms <= fault.within_ms


def _with_payload(scheduled: ScheduledMessage, payload: bytes) -> ScheduledMessage:
    return replace(scheduled, message=scheduled.message._replace(payload=payload))


def _edited(
    scheduled: ScheduledMessage, edit: Callable[[dict[str, Any]], None]
) -> list[ScheduledMessage]:
    tree = json.loads(scheduled.message.payload)
    edit(tree)
    return [_with_payload(scheduled, json.dumps(tree, separators=(",", ":")).encode())]


def _truncated(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    payload = scheduled.message.payload
    return [_with_payload(scheduled, payload[: len(payload) * 2 // 3])]


def _binary(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    return [replace(scheduled, binary=True)]


def _unknown_event(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    event = b'{"event":"channel-conn-count","channel":"orders","connCount":"2","connId":"abcd1234"}'
    return [_with_payload(scheduled, event), scheduled]


def _extra_field(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    def edit(tree: dict[str, Any]) -> None:
        tree["newField"] = {"nested": [1, None]}
        for row in tree["data"]:
            if isinstance(row, dict):
                row["newField"] = "1"

    return _edited(scheduled, edit)


def _missing_field(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    def edit(tree: dict[str, Any]) -> None:
        for row in tree["data"]:
            if isinstance(row, dict):
                for name in ("count", "seqId", "source"):
                    row.pop(name, None)

    return _edited(scheduled, edit)


def _number_for_string(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    def edit(tree: dict[str, Any]) -> None:
        for row in tree["data"]:
            if isinstance(row, dict) and "ts" in row:
                row["ts"] = int(row["ts"])

    return _edited(scheduled, edit)


def _empty_data(scheduled: ScheduledMessage) -> list[ScheduledMessage]:
    return _edited(scheduled, lambda tree: tree.update(data=[]))


_DAMAGES: dict[kinds.Damage, Callable[[ScheduledMessage], list[ScheduledMessage]]] = {
    kinds.Damage.TRUNCATED: _truncated,
    kinds.Damage.BINARY: _binary,
    kinds.Damage.UNKNOWN_EVENT: _unknown_event,
    kinds.Damage.EXTRA_FIELD: _extra_field,
    kinds.Damage.MISSING_FIELD: _missing_field,
    kinds.Damage.NUMBER_FOR_STRING: _number_for_string,
    kinds.Damage.EMPTY_DATA: _empty_data,
}
