"""Requests to the strategy engine, the status of its groups, and the strategy files it found."""

import json
from datetime import datetime
from itertools import pairwise

import msgspec

from data import InstrumentId, Timeframe, require_utc
from strategies.errors import StrategyError
from strategies.exits import Exits
from strategies.signals import Direction, Group, Signal

READING_ALL = "the strategies are being read"
READING = "the strategy is being read"
VERIFYING = "the strategy is being verified"
LOADED = "the machine is too loaded to try the strategy; it is tried again"
TRANSIENT_PROBLEMS = frozenset({READING_ALL, READING, VERIFYING, LOADED})
"""The problems of a request that end once a worker has answered."""

_MAX_REASON = 2_000


def plain_text(reason: str) -> str:
    """Return a text of a user's code, shortened and cleaned so that a store can hold it."""
    return reason[:_MAX_REASON].replace("\0", "").encode(errors="replace").decode()


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
        """Return whether the problem ends by itself, once a worker has answered."""
        return self.problem in TRANSIENT_PROBLEMS


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """Candles that closed from `first_close_time` to `last_close_time`, inclusive, not evaluated.

    The target stays as it was before them. `reason` is how the strategy failed.
    """

    first_close_time: datetime
    last_close_time: datetime
    reason: str

    def __post_init__(self) -> None:
        require_utc(self.first_close_time, "first_close_time")
        require_utc(self.last_close_time, "last_close_time")
        if self.last_close_time < self.first_close_time:
            raise StrategyError(f"a skip must not end before it starts: {self}")


class GroupAdvance(msgspec.Struct, frozen=True, kw_only=True):
    """A group was evaluated from one watermark to the next: every candle closed after
    `evaluated_from`, up to and including `evaluated_to`.
    """

    group: Group
    evaluated_from: datetime
    evaluated_to: datetime
    signals: tuple[Signal, ...] = ()
    skips: tuple[Skip, ...] = ()

    def __post_init__(self) -> None:
        require_utc(self.evaluated_from, "evaluated_from")
        require_utc(self.evaluated_to, "evaluated_to")
        times = [signal.close_time for signal in self.signals]
        bounds = [self.evaluated_from, *times, self.evaluated_to]
        rising = all(one < next_ for one, next_ in pairwise(bounds[:-1]))
        if not rising or bounds[-2] > bounds[-1]:
            raise StrategyError(
                f"{self.group.strategy}: signals must rise from {self.evaluated_from.isoformat()} "
                f"to {self.evaluated_to.isoformat()}"
            )
        if any(signal.group != self.group for signal in self.signals):
            raise StrategyError(f"{self.group.strategy}: contains a signal of another group")


class GroupStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of a group. Candles that closed after `started_from` are evaluated, FLAT before.

    `target` is the current target. `requesters` are its requesters, by name.
    """

    group: Group
    started_from: datetime
    evaluated_to: datetime
    target: Direction = Direction.FLAT
    last_signal: Signal | None = None
    last_skip: Skip | None = None
    requesters: tuple[str, ...] = ()

    @property
    def skipping(self) -> bool:
        """Return whether the newest candle was skipped: the strategy is failing now."""
        return self.last_skip is not None and self.last_skip.last_close_time >= self.evaluated_to


class StrategyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that can be requested. `parameters` is the JSON schema of its parameters.

    `defaults` are all of them as JSON, exits included; `warmup` counts candles of 1m; both and
    `second`, the second timeframe, hold for the defaults.
    """

    name: str
    title: str
    description: str
    line: int
    parameters: str
    defaults: str = "{}"
    warmup: int = 0
    second: Timeframe | None = None

    def default_exits(self) -> Exits:
        """Return the exits that it has by default."""
        properties = json.loads(self.parameters).get("properties", {})
        return Exits.model_validate(properties.get("exits", {}).get("default") or {})


class FileProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of a file, and its line, if one can be named."""

    line: int | None
    message: str


class StrategyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy file as it was when last inspected; `version` is its digest.

    `parts` are the helper modules and resources whose bytes enter the version, too.
    """

    path: str
    version: str
    seen_at: datetime
    built_in: bool = False
    strategies: tuple[StrategyFacts, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    parts: tuple[str, ...] = ()


class StrategyVerificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of verifying a strategy with its parameters; `report` is text for users."""

    strategy: str
    version: str
    parameters: str
    passed: bool
    report: tuple[str, ...]
    verified_at: datetime
