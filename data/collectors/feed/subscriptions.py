"""Subscriptions of one socket: the state of each symbol, requests, and their hourly budget. Pure.

States: PENDING (requested) -> ACKED -> LIVE (data arrived); FAILED: permanently refused.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from typing import TypeVar

from data.collectors.config import FeedRules

_Name = TypeVar("_Name")


class SubscriptionState(Enum):
    """The state of one symbol of one socket."""

    PENDING = auto()
    ACKED = auto()
    LIVE = auto()
    FAILED = auto()


class Subscriptions:
    """The symbols of one socket and when each was last requested (monotonic seconds)."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self._states = dict.fromkeys(symbols, SubscriptionState.PENDING)
        self._requested_s: dict[str, float] = {}
        self._repeated: set[str] = set()

    def mark_requested(self, symbols: Iterable[str], now_s: float) -> None:
        """Record that these were requested."""
        for symbol in symbols:
            if symbol in self._requested_s:
                self._repeated.add(symbol)
            self._requested_s[symbol] = now_s

    def renew(self, symbol: str) -> None:
        """Reset one symbol."""
        self._states[symbol] = SubscriptionState.PENDING
        self._requested_s.pop(symbol, None)
        self._repeated.discard(symbol)

    def acknowledge(self, symbol: str) -> bool:
        """Record an acknowledgement; return whether the symbol waited for it."""
        if self._states.get(symbol) is not SubscriptionState.PENDING:
            return False
        self._states[symbol] = SubscriptionState.ACKED
        return True

    def mark_data(self, symbol: str) -> bool:
        """Record data; return whether the stream is live. Unacknowledged data do not count."""
        if self._states.get(symbol) is SubscriptionState.ACKED:
            self._states[symbol] = SubscriptionState.LIVE
        return self._states.get(symbol) is SubscriptionState.LIVE

    def fail(self, symbol: str) -> bool:
        """Mark a symbol as failed; return whether it belongs to this socket."""
        is_known = symbol in self._states
        if is_known:
            self._states[symbol] = SubscriptionState.FAILED
        return is_known

    def in_state(self, *states: SubscriptionState) -> list[str]:
        """Return the symbols in some states."""
        return [symbol for symbol, state in self._states.items() if state in states]

    def not_requested(self) -> list[str]:
        """Return the symbols not requested yet."""
        return [
            symbol
            for symbol in self.in_state(SubscriptionState.PENDING)
            if symbol not in self._requested_s
        ]

    def unanswered(self, before_s: float) -> list[str]:
        """Return the symbols requested before `before_s` without a response."""
        return [
            symbol
            for symbol in self.in_state(SubscriptionState.PENDING)
            if self._requested_s.get(symbol, before_s) < before_s
        ]

    def repeated(self, symbols: Iterable[str]) -> bool:
        """Return whether one of these was requested twice already."""
        return any(symbol in self._repeated for symbol in symbols)

    @property
    def settled(self) -> bool:
        """Return whether every symbol is live or refused."""
        return not self.in_state(SubscriptionState.PENDING, SubscriptionState.ACKED)


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


def chunks(
    symbols: Sequence[str], rules: FeedRules, request: Callable[[Sequence[str]], str]
) -> list[list[str]]:
    """Split symbols into requests within the limits on their number and length.

    `request` returns the text that requests some symbols.
    """
    cut: list[list[str]] = []
    remaining_bytes = 0
    for symbol in symbols:
        # With what surrounds it: more than it adds to a request, so the limit is kept.
        length = len(request([symbol]).encode())
        if not cut or len(cut[-1]) == rules.args_per_request or length > remaining_bytes:
            cut.append([])
            remaining_bytes = rules.bytes_per_request
        cut[-1].append(symbol)
        remaining_bytes -= length
    return cut


def shards(names: Sequence[_Name], rules: FeedRules) -> list[list[_Name]]:
    """Spread names evenly over as few sockets as the limit per socket allows."""
    count = -(-len(names) // rules.args_per_connection)
    return [list(names[index::count]) for index in range(count)]
