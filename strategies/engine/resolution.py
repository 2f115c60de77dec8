"""From a request to what can be evaluated: the strategy is found, its parameters accepted, its code
found honest. Each of these may take a worker's time; until then the request says what it waits for.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from data import Timeframe
from strategies.engine.questions import (
    Answer,
    Checked,
    Failed,
    Needs,
    Question,
    Resolve,
    Resolved,
    Spec,
    Try,
    Verify,
    is_load,
)
from strategies.engine.rules import EngineRules
from strategies.engine.sources import Sources
from strategies.engine.workers import Job, Workers
from strategies.ports import StrategyRepository
from strategies.status import (
    LOADED,
    PASSING,
    READING,
    READING_ALL,
    VERIFYING,
    SignalRequest,
    Verdict,
)
from utils.clock import Clock

log = logging.getLogger("truetape.strategies")

# They are part of a group's name, which the store keeps unique.
_MOST_PARAMETERS = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How the groups of a request are evaluated: `spec` with its canonical parameters."""

    spec: Spec
    needs: Needs


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served."""

    problem: str

    @property
    def passing(self) -> bool:
        """Tell whether it may be served once a worker has answered."""
        return self.problem in PASSING


@dataclass(frozen=True, slots=True)
class _Resolving:
    """What to call the question whether a strategy takes these parameters."""

    spec: Spec
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class _Trying:
    """What to call the question whether a strategy answers at all."""

    spec: Spec


@dataclass(frozen=True, slots=True)
class _Verifying:
    """What to call the question whether a strategy is honest."""

    spec: Spec


class Resolution:
    """Answers what it knows at once, and asks the inspectors for the rest."""

    def __init__(
        self,
        sources: Sources,
        inspectors: Workers,
        repository: StrategyRepository,
        rules: EngineRules,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._inspectors = inspectors
        self._repository = repository
        self._rules = rules
        self._clock = clock
        self._resolved: dict[_Resolving, Resolved | Failed | None] = {}
        self._verdicts: dict[Spec, Verdict | None] = {}
        self._loaded: set[Spec] = set()
        self._refused_before: set[Spec] = set()

    def plan(self, request: SignalRequest) -> Plan | Refusal:
        """Return how to evaluate what is asked for, or why it is not (yet)."""
        name = self._sources.find(request.strategy)
        if isinstance(name, str):
            return Refusal(name if self._sources.complete else READING_ALL)
        resolved = self._resolve(_Resolving(Spec(name, request.parameters), request.timeframe))
        if resolved is None:
            loaded = Spec(name, request.parameters) in self._loaded
            return Refusal(LOADED if loaded else READING)
        if isinstance(resolved, Failed):
            return Refusal(resolved.problem)
        if len(resolved.parameters) > _MOST_PARAMETERS:
            return Refusal(f"its parameters are longer than {_MOST_PARAMETERS:,} letters of JSON")
        spec = Spec(name, resolved.parameters)
        refusal = self._refusal(spec, request)
        return Plan(spec, resolved.needs) if refusal is None else refusal

    def take(self, name: object, answer: Answer) -> bool:
        """Take the answer to a question of `plan`; tell whether it was one."""
        if not isinstance(name, _Resolving | _Trying | _Verifying):
            return False
        if is_load(answer):
            log.warning(
                "the machine is too loaded to try a strategy; trying again",
                extra={"strategy": name.spec.name.strategy},
            )
            self._loaded.add(name.spec)
            self._ask(name)
            return True
        self._loaded.discard(name.spec)
        if isinstance(answer, Failed) and answer.is_stale:
            # The file was edited meanwhile. Asked again if it holds this version after all.
            self._forget(name)
            return True
        if isinstance(name, _Resolving):
            self._resolved[name] = answer if isinstance(answer, Resolved | Failed) else None
        elif isinstance(name, _Trying) and not (isinstance(answer, Failed) and answer.exceeded):
            # What it raises the report says best.
            self._ask(_Verifying(name.spec))
        else:
            self._verdicts[name.spec] = self._judged(name.spec, answer)
        return True

    def forget_refusals(self, paths: Collection[Path]) -> None:
        """Ask again about what was refused of files that have been read again.

        What they need may have changed, though their bytes are the same.
        """
        for question, resolved in list(self._resolved.items()):
            if question.spec.name.path in paths and isinstance(resolved, Failed):
                del self._resolved[question]
        for spec, verdict in list(self._verdicts.items()):
            if spec.name.path in paths and verdict is not None and not verdict.passed:
                del self._verdicts[spec]
                self._refused_before.add(spec)

    def _forget(self, name: "_Resolving | _Trying | _Verifying") -> None:
        if isinstance(name, _Resolving):
            self._resolved.pop(name, None)
        else:
            self._verdicts.pop(name.spec, None)

    def _resolve(self, question: _Resolving) -> Resolved | Failed | None:
        if question not in self._resolved:
            self._resolved[question] = None
            if question.spec.name.path is None:
                resolve = Resolve(question.spec, question.timeframe)
                self._resolved[question] = resolve.answer(self._sources.shelf)
            else:
                self._ask(question)
        return self._resolved[question]

    def _refusal(self, spec: Spec, request: SignalRequest) -> Refusal | None:
        """Return why a strategy must not run, None if it may. Built-in ones are tested."""
        if spec.name.path is None or request.allow_unverified or self._rules.allow_unverified:
            return None
        verdict = self._verdict(spec)
        if verdict is None:
            return Refusal(LOADED if spec in self._loaded else VERIFYING)
        if verdict.passed:
            return None
        if len(verdict.report) == 1:
            return Refusal(f"the verification refuses it: {verdict.report[0]}")
        return Refusal("\n".join(["the verification refuses it:", *verdict.report]))

    def _verdict(self, spec: Spec) -> Verdict | None:
        if spec not in self._verdicts:
            name = spec.name
            known = self._repository.verdict(name.strategy, name.version, spec.parameters)
            if known is not None and not known.passed and spec in self._refused_before:
                known = None
            self._refused_before.discard(spec)
            self._verdicts[spec] = known
            if known is None:
                self._ask(_Trying(spec))
        return self._verdicts[spec]

    def _judged(self, spec: Spec, answer: Answer) -> Verdict:
        """Make a verdict of what verifying brought, and keep it by the file's digest."""
        found = answer if isinstance(answer, Checked) else Checked(False, (_words(answer),))
        verdict = Verdict(
            strategy=spec.name.strategy,
            version=spec.name.version,
            parameters=spec.parameters,
            passed=found.passed,
            report=found.report,
            verified_at=self._clock.now(),
        )
        if isinstance(answer, Checked):
            # What only exceeded a limit is tried again after a restart: it may have another one.
            self._repository.save_verdict(verdict)
        facts = {"strategy": verdict.strategy, "report": list(verdict.report)}
        if verdict.passed:
            log.info("strategy verified", extra=facts)
        else:
            log.error("strategy refused", extra=facts)
        return verdict

    def _ask(self, name: _Resolving | _Trying | _Verifying) -> None:
        budget_s = self._rules.loading_s
        question: Question
        match name:
            case _Resolving(spec, timeframe):
                question = Resolve(spec, timeframe)
            case _Trying(spec):
                question = Try(spec)
            case _Verifying(spec):
                question, budget_s = Verify(spec), self._rules.verifying_s
        self._inspectors.submit(Job(name, question, budget_s))


def _words(answer: Answer) -> str:
    return f"trying it {answer.problem}" if isinstance(answer, Failed) else "no answer"
