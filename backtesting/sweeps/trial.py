"""A trial: one parameter set tried on one history, whatever became of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from backtesting.metrics.card import Value

NOT_TRADED = "not traded: "
"""How the problem of a trial begins that could not decide at the common start."""


class SweepTrial(msgspec.Struct, frozen=True, kw_only=True):
    """`parameters` are all of a strategy's, as canonical JSON; `problem`: why no metrics are."""

    parameters: str
    metrics: dict[str, float | None]
    problem: str = ""

    @property
    def is_traded(self) -> bool:
        """Tell whether its warm-up was over at the common start of its sweep."""
        return not self.problem.startswith(NOT_TRADED)

    def has(self, metrics: frozenset[str]) -> bool:
        """Tell whether it can stand for another try that wants these metrics."""
        return bool(self.problem) or metrics <= self.metrics.keys()


class SweepKey(msgspec.Struct, frozen=True, kw_only=True):
    """What all trials of it share. `config` is JSON: everything that was asked but parameters.

    Trials of the same digest may stand for each other: same configuration, data and code.
    """

    strategy: str
    instrument: str
    config: str
    data_digest: str
    code_digest: str

    @property
    def digest(self) -> str:
        """Return the name of the study."""
        parts = (self.config, self.data_digest, self.code_digest)
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


class SweepSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One study in a list: how many trials it has, failed ones included; the best annual Sharpe."""

    study: SweepKey
    begun_at: datetime
    trials: int
    failed: int
    best_sharpe: float | None


class TrialResult(msgspec.Struct, frozen=True):
    """What a worker says of one parameter set."""

    metrics: Mapping[str, Value]
    problem: str = ""


def canonical_json(value: Any) -> str:
    """Return JSON that is the same for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
