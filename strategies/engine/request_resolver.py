"""Resolution of a request: find the strategy, resolve its parameters, verify its code.

Each step may need a worker; until its result, the request is refused with what it waits for.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from data import Timeframe
from strategies.engine.catalog import StrategyCatalog
from strategies.engine.settings import EngineSettings
from strategies.ports import StrategyRepository
from strategies.requests import (
    LOADED,
    READING,
    READING_ALL,
    TRANSIENT_PROBLEMS,
    VERIFYING,
    SignalRequest,
)
from strategies.strategy_files import StrategyVerificationResult
from strategies.workers.pool import WorkerJob, Workers
from strategies.workers.queries import (
    CandleRequirements,
    QueryFailure,
    QueryResult,
    ResolvedParameters,
    ResolveParameters,
    StrategySpec,
    StrategyVerificationOutcome,
    TryStrategy,
    VerifyStrategy,
    WorkerQuery,
    is_overload,
)
from utils.clock import Clock

log = logging.getLogger("truetape.strategies")

# Parameters are part of a group's name, which the store keeps unique.
_MOST_PARAMETERS = 2_000


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """How the groups of a request are evaluated: `spec` with its canonical parameters."""

    spec: StrategySpec
    requirements: CandleRequirements


@dataclass(frozen=True, slots=True)
class RequestRefusal:
    """Why a request is not served."""

    problem: str

    @property
    def is_transient(self) -> bool:
        """Return whether it may be served once a worker has completed."""
        return self.problem in TRANSIENT_PROBLEMS


@dataclass(frozen=True, slots=True)
class _Resolving:
    """The name of a job that resolves a strategy's parameters."""

    spec: StrategySpec
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class _Trying:
    """The name of a job that tries one decision of a strategy."""

    spec: StrategySpec


@dataclass(frozen=True, slots=True)
class _Verifying:
    """The name of a job that verifies a strategy."""

    spec: StrategySpec


class RequestResolver:
    """Plans requests from cached results, and submits jobs to the inspectors for the rest."""

    def __init__(
        self,
        catalog: StrategyCatalog,
        inspectors: Workers,
        repository: StrategyRepository,
        rules: EngineSettings,
        clock: Clock,
    ) -> None:
        self._catalog = catalog
        self._inspectors = inspectors
        self._repository = repository
        self._rules = rules
        self._clock = clock
        self._resolved: dict[_Resolving, ResolvedParameters | QueryFailure | None] = {}
        self._verification_results: dict[StrategySpec, StrategyVerificationResult | None] = {}
        self._loaded: set[StrategySpec] = set()
        self._refused_before: set[StrategySpec] = set()

    def plan(self, request: SignalRequest) -> EvaluationPlan | RequestRefusal:
        """Return how to evaluate a request, or why it cannot be evaluated (yet)."""
        name = self._catalog.find(request.strategy)
        if isinstance(name, str):
            return RequestRefusal(name if self._catalog.complete else READING_ALL)
        resolved = self._resolve(
            _Resolving(StrategySpec(name, request.parameters), request.timeframe)
        )
        if resolved is None:
            loaded = StrategySpec(name, request.parameters) in self._loaded
            return RequestRefusal(LOADED if loaded else READING)
        if isinstance(resolved, QueryFailure):
            return RequestRefusal(resolved.problem)
        if len(resolved.parameters) > _MOST_PARAMETERS:
            return RequestRefusal(
                f"its parameters have more than {_MOST_PARAMETERS:,} characters of JSON"
            )
        spec = StrategySpec(name, resolved.parameters)
        refusal = self._refusal(spec, request)
        return EvaluationPlan(spec, resolved.requirements) if refusal is None else refusal

    def apply(self, name: object, result: QueryResult) -> bool:
        """Apply the result of a job of `plan`; return whether it was one."""
        if not isinstance(name, _Resolving | _Trying | _Verifying):
            return False
        if is_overload(result):
            log.warning(
                "strategy not tried: machine overloaded; retrying",
                extra={"strategy": name.spec.name.strategy},
            )
            self._loaded.add(name.spec)
            self._submit(name)
            return True
        self._loaded.discard(name.spec)
        if isinstance(result, QueryFailure) and result.is_stale:
            # The file was edited meanwhile. Submitted again if it holds this version after all.
            self._discard(name)
            return True
        if isinstance(name, _Resolving):
            self._resolved[name] = (
                result if isinstance(result, ResolvedParameters | QueryFailure) else None
            )
        elif isinstance(name, _Trying) and not (
            isinstance(result, QueryFailure) and result.exceeded
        ):
            # An exception is described best by the report.
            self._submit(_Verifying(name.spec))
        else:
            self._verification_results[name.spec] = self._record_verification(name.spec, result)
        return True

    def discard_refusals(self, paths: Collection[Path]) -> None:
        """Discard the refusals of strategies in files that were read again.

        What the files depend on may have changed, though their bytes are the same.
        """
        for query, resolved in list(self._resolved.items()):
            if query.spec.name.path in paths and isinstance(resolved, QueryFailure):
                del self._resolved[query]
        for spec, verification_result in list(self._verification_results.items()):
            if (
                spec.name.path in paths
                and verification_result is not None
                and not verification_result.passed
            ):
                del self._verification_results[spec]
                self._refused_before.add(spec)

    def _discard(self, name: "_Resolving | _Trying | _Verifying") -> None:
        if isinstance(name, _Resolving):
            self._resolved.pop(name, None)
        else:
            self._verification_results.pop(name.spec, None)

    def _resolve(self, query: _Resolving) -> ResolvedParameters | QueryFailure | None:
        if query not in self._resolved:
            self._resolved[query] = None
            if query.spec.name.path is None:
                resolve = ResolveParameters(query.spec, query.timeframe)
                self._resolved[query] = resolve.run(self._catalog.file_cache)
            else:
                self._submit(query)
        return self._resolved[query]

    def _refusal(self, spec: StrategySpec, request: SignalRequest) -> RequestRefusal | None:
        """Return why a strategy must not run, None if it may. Built-in ones are tested."""
        if spec.name.path is None or request.allow_unverified or self._rules.allow_unverified:
            return None
        verification_result = self._verification_result(spec)
        if verification_result is None:
            return RequestRefusal(LOADED if spec in self._loaded else VERIFYING)
        if verification_result.passed:
            return None
        if len(verification_result.report) == 1:
            return RequestRefusal(f"verification failed: {verification_result.report[0]}")
        return RequestRefusal("\n".join(["verification failed:", *verification_result.report]))

    def _verification_result(self, spec: StrategySpec) -> StrategyVerificationResult | None:
        if spec not in self._verification_results:
            name = spec.name
            stored = self._repository.verification_result(
                name.strategy, name.version, spec.parameters
            )
            if stored is not None and not stored.passed and spec in self._refused_before:
                stored = None
            self._refused_before.discard(spec)
            self._verification_results[spec] = stored
            if stored is None:
                self._submit(_Trying(spec))
        return self._verification_results[spec]

    def _record_verification(
        self, spec: StrategySpec, result: QueryResult
    ) -> StrategyVerificationResult:
        """Return the result of a verification, and store it by the file's digest if it finished."""
        found = (
            result
            if isinstance(result, StrategyVerificationOutcome)
            else StrategyVerificationOutcome(False, (_describe_result(result),))
        )
        verification_result = StrategyVerificationResult(
            strategy=spec.name.strategy,
            version=spec.name.version,
            parameters=spec.parameters,
            passed=found.passed,
            report=found.report,
            verified_at=self._clock.now(),
        )
        if isinstance(result, StrategyVerificationOutcome):
            # After an exceeded limit it is tried again at a restart, which may set another limit.
            self._repository.save_verification_result(verification_result)
        facts = {
            "strategy": verification_result.strategy,
            "report": list(verification_result.report),
        }
        if verification_result.passed:
            log.info("strategy verified", extra=facts)
        else:
            log.error("strategy verification failed", extra=facts)
        return verification_result

    def _submit(self, name: _Resolving | _Trying | _Verifying) -> None:
        budget_s = self._rules.loading_s
        query: WorkerQuery
        match name:
            case _Resolving(spec, timeframe):
                query = ResolveParameters(spec, timeframe)
            case _Trying(spec):
                query = TryStrategy(spec)
            case _Verifying(spec):
                query, budget_s = VerifyStrategy(spec), self._rules.verifying_s
        self._inspectors.submit(WorkerJob(name, query, budget_s))


def _describe_result(result: QueryResult) -> str:
    return f"trying it {result.problem}" if isinstance(result, QueryFailure) else "no result"
