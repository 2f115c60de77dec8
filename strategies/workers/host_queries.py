"""Worker queries of `strategies.hosts`: backtests, commands and pages that hold a strategy.

They are on whole windows, and their results keep what a caller shows: the field at fault, the
report with its findings. Queries of the live engine are in `queries`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from data import CandleFrame, Timeframe
from strategies.base import Strategy
from strategies.signals import Direction
from strategies.strategy_handle import LocalStrategy
from strategies.target_evaluation import RowMask, TargetEvaluation
from strategies.user_code.loader import error_text
from strategies.verification import StrategyVerificationReport, decisions_digest, verify
from strategies.window import Window
from strategies.workers.queries import (
    QueryFailure,
    StrategyFileCache,
    StrategySpec,
    WorkerQuery,
)
from strategies.workers.results import DecisionsDigest, StrategyDescriptor, WindowDirections
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Configure(WorkerQuery):
    """Validate parameters, and describe the strategy with them."""

    spec: StrategySpec

    def run(self, file_cache: StrategyFileCache) -> StrategyDescriptor | QueryFailure:
        try:
            strategy = self.spec.make(file_cache)
        except ConfigError as error:
            return QueryFailure(error.problem, field=error.field)
        return configured(strategy)


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateWindowDirections(WorkerQuery):
    """Decide the direction of each candle of a window."""

    spec: StrategySpec
    window: Window
    second: CandleFrame | None

    def run(self, file_cache: StrategyFileCache) -> WindowDirections:
        strategy = LocalStrategy(self.spec.make(file_cache))
        return WindowDirections(strategy.evaluate(self.window, self.second))


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateWindowTargets(WorkerQuery):
    """Find the changes of target among the `requested` candles of a window."""

    spec: StrategySpec
    window: Window
    second: CandleFrame | None
    requested: RowMask
    before: Direction

    def run(self, file_cache: StrategyFileCache) -> TargetEvaluation:
        strategy = LocalStrategy(self.spec.make(file_cache))
        return strategy.evaluate_targets(self.window, self.second, self.requested, self.before)


@dataclass(frozen=True, slots=True)
class DigestDecisions(WorkerQuery):
    """Return the digest of all decisions on synthetic candles: equal in every process."""

    spec: StrategySpec
    seed: int

    def run(self, file_cache: StrategyFileCache) -> DecisionsDigest:
        return DecisionsDigest(decisions_digest(lambda: self.spec.make(file_cache), self.seed))


@dataclass(frozen=True, slots=True)
class ReportVerification(WorkerQuery):
    """Run all checks of a strategy and return the report."""

    spec: StrategySpec
    seed: int

    def run(self, file_cache: StrategyFileCache) -> StrategyVerificationReport:
        source = file_cache.source(self.spec.name)
        text = source.path.read_text() if source.built_in else file_cache.text(self.spec.name)
        return verify(lambda: self.spec.make(file_cache), text, seed=self.seed)


def configured(strategy: Strategy) -> StrategyDescriptor:
    """Return the description of a strategy with its parameters, usable without its code."""
    local = LocalStrategy(strategy)
    return StrategyDescriptor(
        parameters=json.dumps(dict(local.parameters)),
        signal_parameters=local.signal_parameters,
        exits=local.exits,
        gaps=local.gaps,
        second=local.second(),
        warmups=dict(_warmups(local)),
    )


def _warmups(strategy: LocalStrategy) -> Iterator[tuple[Timeframe, int | str]]:
    for timeframe in Timeframe:
        try:
            yield timeframe, strategy.warmup(timeframe)
        except Exception as error:  # noqa: BLE001 a user's strategy may raise anything
            yield timeframe, f"warmup({timeframe}) raised {error_text(error)}"
