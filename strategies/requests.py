"""Requests for the signals of a strategy, and their status."""

import msgspec

from data import InstrumentId, Timeframe
from strategies.signals import Group

READING_ALL = "the strategies are being read"
READING = "the strategy is being read"
VERIFYING = "the strategy is being verified"
LOADED = "the machine is too loaded to try the strategy; it is tried again"
TRANSIENT_PROBLEMS = frozenset({READING_ALL, READING, VERIFYING, LOADED})
"""The problems of a request that end once a worker has returned a result."""


class SignalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a strategy's signals. `requester` has one request at a time.

    `requester` begins with a kind: `config:`, `chart:`, `bot:`. `parameters` are those that differ
    from the defaults, as a JSON object. `allow_unverified` runs a strategy that the
    verification refuses.
    """

    requester: str
    instrument: InstrumentId
    timeframe: Timeframe
    strategy: str
    parameters: str = "{}"
    title: str = ""
    allow_unverified: bool = False


class RequestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its status: its group, or in `problem` why it has none (yet).

    With a group, `problem` is what it still waits for before its first decision.
    """

    request: SignalRequest
    group: Group | None = None
    problem: str = ""

    @property
    def is_transient(self) -> bool:
        """Return whether the problem ends by itself, once a worker has returned a result."""
        return self.problem in TRANSIENT_PROBLEMS
