"""The strategy files that an engine found, what they define, and results of their verification."""

import json
from datetime import datetime

import msgspec

from data import Timeframe
from strategies.exits import Exits

_MAX_REASON = 2_000


def plain_text(reason: str) -> str:
    """Return a text of a user's code, shortened and cleaned so that a store can hold it."""
    return reason[:_MAX_REASON].replace("\0", "").encode(errors="replace").decode()


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
