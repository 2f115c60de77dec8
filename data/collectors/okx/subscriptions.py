"""Subscriptions of one socket: the state of each argument, requests, and their hourly budget. Pure.

States: PENDING (requested) -> ACKED -> LIVE (data arrived); FAILED: permanently refused.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from enum import Enum, auto

from data.collectors.config import FeedRules
from data.collectors.okx.messages import StreamArg

# The text of a request around its arguments, and one comma per argument, fit in this.
_ENVELOPE_BYTES = 200


class ArgState(Enum):
    """The state of one argument of one socket."""

    PENDING = auto()
    ACKED = auto()
    LIVE = auto()
    FAILED = auto()


class Subscriptions:
    """The arguments of one socket and when each was last requested (monotonic seconds)."""

    def __init__(self, args: Iterable[StreamArg]) -> None:
        self._states = dict.fromkeys(args, ArgState.PENDING)
        self._requested_s: dict[StreamArg, float] = {}
        self._repeated: set[StreamArg] = set()

    def mark_requested(self, args: Iterable[StreamArg], now_s: float) -> None:
        """Record that these were requested."""
        for arg in args:
            if arg in self._requested_s:
                self._repeated.add(arg)
            self._requested_s[arg] = now_s

    def renew(self, arg: StreamArg) -> None:
        """Reset one argument."""
        self._states[arg] = ArgState.PENDING
        self._requested_s.pop(arg, None)
        self._repeated.discard(arg)

    def acknowledge(self, arg: StreamArg) -> bool:
        """Record an acknowledgement; return whether the argument waited for it."""
        if self._states.get(arg) is not ArgState.PENDING:
            return False
        self._states[arg] = ArgState.ACKED
        return True

    def mark_data(self, arg: StreamArg) -> bool:
        """Record data; return whether the stream is live. Unacknowledged data do not count."""
        if self._states.get(arg) is ArgState.ACKED:
            self._states[arg] = ArgState.LIVE
        return self._states.get(arg) is ArgState.LIVE

    def fail(self, arg: StreamArg) -> bool:
        """Mark an argument as failed; return whether it belongs to this socket."""
        is_known = arg in self._states
        if is_known:
            self._states[arg] = ArgState.FAILED
        return is_known

    def in_state(self, *states: ArgState) -> list[StreamArg]:
        """Return the arguments in some states."""
        return [arg for arg, state in self._states.items() if state in states]

    def not_requested(self) -> list[StreamArg]:
        """Return the arguments not requested yet."""
        return [arg for arg in self.in_state(ArgState.PENDING) if arg not in self._requested_s]

    def unanswered(self, before_s: float) -> list[StreamArg]:
        """Return the arguments requested before `before_s` without a response."""
        return [
            arg
            for arg in self.in_state(ArgState.PENDING)
            if self._requested_s.get(arg, before_s) < before_s
        ]

    def repeated(self, args: Iterable[StreamArg]) -> bool:
        """Return whether one of these was requested twice already."""
        return any(arg in self._repeated for arg in args)

    @property
    def settled(self) -> bool:
        """Return whether every argument is live or refused."""
        return not self.in_state(ArgState.PENDING, ArgState.ACKED)


class RequestBudget:
    """How many requests one socket may still send within the hour."""

    def __init__(self, per_hour: int) -> None:
        self._per_hour = per_hour
        self._sent_s: deque[float] = deque()

    def take(self, now_s: float) -> bool:
        """Take one request from the budget; return whether there was one left."""
        while self._sent_s and self._sent_s[0] <= now_s - 3600:
            self._sent_s.popleft()
        if len(self._sent_s) >= self._per_hour:
            return False
        self._sent_s.append(now_s)
        return True


def chunks(args: Sequence[StreamArg], rules: FeedRules) -> list[list[StreamArg]]:
    """Split arguments into requests within the limits on their number and length."""
    cut: list[list[StreamArg]] = []
    remaining_bytes = 0
    for arg in args:
        length = len(arg.channel) + len(arg.symbol) + len('{"channel":"","instId":""},')
        if not cut or len(cut[-1]) == rules.args_per_request or length > remaining_bytes:
            cut.append([])
            remaining_bytes = rules.bytes_per_request - _ENVELOPE_BYTES
        cut[-1].append(arg)
        remaining_bytes -= length
    return cut


def shards(symbols: Sequence[str], rules: FeedRules) -> list[list[str]]:
    """Spread symbols evenly over as few sockets as the limit per socket allows."""
    count = -(-len(symbols) // rules.args_per_connection)
    return [list(symbols[index::count]) for index in range(count)]
