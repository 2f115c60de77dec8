"""What the strategy engine is asked for, what it says of its work, and of the files it found."""

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
"""Why a request is not served before a worker has answered."""

_MAX_REASON = 2_000


def plain_text(reason: str) -> str:
    """Return what a store can hold of a text that a user's code made."""
    return reason[:_MAX_REASON].replace("\0", "").encode(errors="replace").decode()


class SignalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants a strategy's signals. `asker` names who, and has one request at a time.

    Askers begin with their kind: `config:`, `chart:`, `bot:`. `parameters` are those that differ
    from the defaults, as a JSON object. `allow_unverified` lets a strategy run that the
    verification refuses.
    """

    asker: str
    instrument: InstrumentId
    timeframe: Timeframe
    strategy: str
    parameters: str = "{}"
    title: str = ""
    allow_unverified: bool = False


class RequestStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what became of it: its group, or in `problem` why it has none (yet).

    With a group, `problem` is what it still waits for before it can say anything.
    """

    request: SignalRequest
    group: Group | None = None
    problem: str = ""

    @property
    def is_transient(self) -> bool:
        """Tell whether the problem goes by itself: a worker is about to answer."""
        return self.problem in TRANSIENT_PROBLEMS


class Skip(msgspec.Struct, frozen=True, kw_only=True):
    """Candles that closed from `first_close_time` to `last_close_time`, both included, unjudged.

    The target stays as it was before them. `reason` says what the strategy did.
    """

    first_close_time: datetime
    last_close_time: datetime
    reason: str

    def __post_init__(self) -> None:
        require_utc(self.first_close_time, "first_close_time")
        require_utc(self.last_close_time, "last_close_time")
        if self.last_close_time < self.first_close_time:
            raise StrategyError(f"a skip must not end before it begins: {self}")


class GroupAdvance(msgspec.Struct, frozen=True, kw_only=True):
    """A group was evaluated from one watermark to the next: every candle closed behind
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
            raise StrategyError(f"{self.group.strategy}: holds a signal of another group")


class GroupStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a group is. Candles that closed behind `started_from` are evaluated, FLAT before.

    `target` is what it wants now. `askers` are those who want it, by name.
    """

    group: Group
    started_from: datetime
    evaluated_to: datetime
    target: Direction = Direction.FLAT
    last_signal: Signal | None = None
    last_skip: Skip | None = None
    askers: tuple[str, ...] = ()

    @property
    def skipping(self) -> bool:
        """Tell whether the newest candle was skipped: the strategy is failing now."""
        return self.last_skip is not None and self.last_skip.last_close_time >= self.evaluated_to


class StrategyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that can be asked for. `parameters` is the JSON schema of its parameters.

    `defaults` are all of them as JSON, exits among them; `warmup` counts candles of 1m; both and
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
    """What is wrong with a file, and in which line, if one can be named."""

    line: int | None
    message: str


class StrategyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of strategies as it was when it was last looked at; `version` is its digest.

    `parts` are the helper modules and resources whose bytes enter the version, too.
    """

    path: str
    version: str
    seen_at: datetime
    built_in: bool = False
    strategies: tuple[StrategyFacts, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    parts: tuple[str, ...] = ()


class VerificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """What verifying one strategy with some parameters found; `report` is for a person to read."""

    strategy: str
    version: str
    parameters: str
    passed: bool
    report: tuple[str, ...]
    verified_at: datetime
