"""Trials: one parameter set evaluated on one history, with any result."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from backtesting.metrics.definition import Value

Parameters = Mapping[str, Any]
"""One parameter set."""
NOT_TRADED = "not traded: "
"""Prefix of the problem of a trial that could not decide at the common start."""


class SweepTrial(msgspec.Struct, frozen=True, kw_only=True):
    """One trial. `parameters`: all, as canonical JSON; `problem`: why there are no metrics."""

    parameters: str
    metrics: dict[str, float | None]
    problem: str = ""

    @property
    def is_traded(self) -> bool:
        """Return whether its warm-up ended before the common start of its sweep."""
        return not self.problem.startswith(NOT_TRADED)

    def has(self, metrics: frozenset[str]) -> bool:
        """Return whether the trial can be reused when these metrics are requested."""
        return bool(self.problem) or metrics <= self.metrics.keys()


class SweepKey(msgspec.Struct, frozen=True, kw_only=True):
    """Key that trials of a sweep share. `config` is JSON of the backtest without parameters.

    Trials of the same digest are interchangeable: same configuration, data and code.
    """

    strategy: str
    instrument: str
    config: str
    data_digest: str
    code_digest: str

    @property
    def digest(self) -> str:
        """Return the digest that identifies the sweep."""
        parts = (self.config, self.data_digest, self.code_digest)
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


class SweepSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One sweep in a list: number of trials, including failed ones; the best annual Sharpe."""

    sweep_key: SweepKey
    started_at: datetime
    trials: int
    failed: int
    best_sharpe: float | None


class TrialResult(msgspec.Struct, frozen=True):
    """Result of a worker for one parameter set."""

    metrics: Mapping[str, Value]
    problem: str = ""


def canonical_json(value: Any) -> str:
    """Encode to JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
