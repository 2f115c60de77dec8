"""Queries about strategies: run here for built-in ones, in workers for users' own.

Queries and results are plain values, so that they can be sent to another process and back. The
queries here are those of the live engine; `host_queries` has those of backtests and commands.
"""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np

from data import CandleFrame, Gaps, Timeframe, from_datetime64, to_datetime64
from strategies.base import Strategy
from strategies.errors import FileChanged
from strategies.evaluation import check_timeframes, reason_at
from strategies.frame import columns_of
from strategies.parameters import build_model
from strategies.second_timeframe import second_values
from strategies.signals import Direction
from strategies.strategy_files import FileProblem, StrategyFacts, plain_text
from strategies.strategy_handle import StrategyName
from strategies.target_evaluation import TargetEvaluation, closing_times, evaluate_targets
from strategies.user_code.file_parts import FileParts
from strategies.user_code.loader import (
    LoadedFile,
    StrategySource,
    error_text,
    load_file,
    user_line,
)
from strategies.verification import StrategyVerificationReport, synthetic_trial, verify
from strategies.verification.synthetic_market import synthetic_candles
from strategies.window import anchor_before, build_window
from strategies.workers.results import DecisionsDigest, StrategyDescriptor, WindowDirections
from utils.errors import ConfigError
from utils.supervision import WorkState

_TRIAL_ROWS = 64


@dataclass(frozen=True, slots=True)
class CandleRequirements:
    """The candles that decisions are made on: warm-up rows, and those of a second timeframe."""

    warmup: int
    gaps: Gaps
    second: Timeframe | None = None
    second_warmup: int = 0


@dataclass(frozen=True, slots=True)
class FileInspection:
    """The strategies, problems and parts of a file when it was run."""

    version: str
    strategies: tuple[StrategyFacts, ...]
    problems: tuple[FileProblem, ...]
    parts: FileParts


@dataclass(frozen=True, slots=True)
class ResolvedParameters:
    """Accepted parameters; `parameters` are those that decide signals, as canonical JSON."""

    parameters: str
    requirements: CandleRequirements


@dataclass(frozen=True, slots=True)
class StrategyVerificationOutcome:
    """The outcome of a finished verification; `report` is text for users."""

    passed: bool
    report: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StrategyPrepared:
    """The strategy is loaded and has decided once: the next query has no delay."""


@dataclass(frozen=True, slots=True)
class QueryFailure:
    """Why a query has no result. `exceeded`: the limit that ended it, None if none did.

    `is_stale`: the file held another version when it was read, so the version in the query was not
    run. `field` is the parameter at fault, if one is; `error` what the code raised, and where.
    """

    problem: str
    exceeded: WorkState | None = None
    is_stale: bool = False
    field: str = ""
    error: str = ""


def failure(error: BaseException, folders: Iterable[Path] = ()) -> QueryFailure:
    """Return the failure of a query whose code raised, with the line in files below `folders`."""
    place = next(filter(None, (user_line(error, folder) for folder in folders)), "")
    text = plain_text(f"{error_text(error)} ({place})" if place else error_text(error))
    return QueryFailure(f"raised {text}", is_stale=isinstance(error, FileChanged), error=text)


def is_overload(result: object) -> bool:
    """Return whether a query failed because the machine was overloaded, not by its code."""
    return isinstance(result, QueryFailure) and result.exceeded is WorkState.LOADED


QueryResult = (
    FileInspection
    | ResolvedParameters
    | StrategyVerificationOutcome
    | StrategyPrepared
    | TargetEvaluation
    | StrategyDescriptor
    | WindowDirections
    | DecisionsDigest
    | StrategyVerificationReport
    | QueryFailure
)


class StrategyFileCache:
    """The strategy files that one process has loaded."""

    def __init__(self, built_in: dict[str, StrategySource] | None = None) -> None:
        self._built_in = built_in or {}
        self._files: dict[Path, LoadedFile] = {}

    @property
    def folders(self) -> set[Path]:
        """Return the folders of the files that were loaded."""
        return {path.parent for path in self._files}

    def file(self, path: Path) -> LoadedFile:
        """Run a file again and return it: what it depends on may have changed."""
        self._files[path] = load_file(path)
        return self._files[path]

    def text(self, name: StrategyName) -> str:
        """Return the text of a user's strategy as it was run. Raises as `source`."""
        self.source(name)
        assert name.path is not None
        return self._files[name.path].text

    def source(self, name: StrategyName) -> StrategySource:
        """Return a strategy of a certain version. Raises FileChanged if it is not there."""
        if name.path is None:
            return self._built_in[name.strategy]
        loaded = self._files.get(name.path)
        if loaded is None or loaded.version != name.version:
            loaded = self.file(name.path)
        loaded.enter()
        for source in loaded.sources:
            if source.name == name.strategy and source.version == name.version:
                return source
        raise FileChanged(
            f"{name.path} does not contain {name.strategy} of version {name.version} any more"
        )


@dataclass(frozen=True, slots=True)
class StrategySpec:
    """A strategy with parameters, as JSON."""

    name: StrategyName
    parameters: str

    def make(self, file_cache: StrategyFileCache) -> Strategy:
        """Make the strategy. Raises ConfigError for parameters, StrategyError for the file."""
        source = f"strategy {self.name.strategy}"
        try:
            parameters: Any = json.loads(self.parameters)
        except ValueError as error:
            raise ConfigError(
                source, field="parameters", problem=f"is not valid JSON: {error}"
            ) from error
        if not isinstance(parameters, dict):
            raise ConfigError(
                source, field="parameters", problem='must be a JSON object such as {"fast": 5}'
            )
        return build_model(file_cache.source(self.name).kind, parameters, source=source)


class WorkerQuery(ABC):
    """A query that is run where strategies are loaded."""

    @abstractmethod
    def run(self, file_cache: StrategyFileCache) -> QueryResult:
        """Return the result. Raises whatever the user's code raises."""


@dataclass(frozen=True, slots=True)
class InspectFile(WorkerQuery):
    """Run a file, and list its strategies and problems."""

    path: Path

    def run(self, file_cache: StrategyFileCache) -> FileInspection:
        loaded = file_cache.file(self.path)
        return FileInspection(
            version=loaded.version,
            strategies=tuple(map(facts_of, loaded.sources)),
            problems=tuple(
                FileProblem(line=problem.line, message=plain_text(problem.message))
                for problem in loaded.problems
            ),
            parts=loaded.parts,
        )


@dataclass(frozen=True, slots=True)
class ResolveParameters(WorkerQuery):
    """Validate parameters, and return which candles the strategy needs."""

    spec: StrategySpec
    timeframe: Timeframe

    def run(self, file_cache: StrategyFileCache) -> ResolvedParameters | QueryFailure:
        try:
            strategy = self.spec.make(file_cache)
            check_timeframes(strategy, self.timeframe)
        except ConfigError as error:
            return QueryFailure(str(error))
        return ResolvedParameters(
            strategy.signal_parameters(), _requirements_of(strategy, self.timeframe)
        )


@dataclass(frozen=True, slots=True)
class TryStrategy(WorkerQuery):
    """Decide one window: a strategy that exceeds a limit here is not verified at length."""

    spec: StrategySpec

    def run(self, file_cache: StrategyFileCache) -> StrategyPrepared:
        _decide_once(lambda: self.spec.make(file_cache))
        return StrategyPrepared()


@dataclass(frozen=True, slots=True)
class VerifyStrategy(WorkerQuery):
    """Check a strategy for look-ahead, hidden state and randomness."""

    spec: StrategySpec

    def run(self, file_cache: StrategyFileCache) -> StrategyVerificationOutcome:
        report = verify(lambda: self.spec.make(file_cache), file_cache.text(self.spec.name))
        return StrategyVerificationOutcome(report.passed, tuple(map(plain_text, report.lines())))


@dataclass(frozen=True, slots=True)
class PrepareStrategy(WorkerQuery):
    """Load a strategy: its file, the compiled code of its indicators, and what its first decision
    imports and compiles, so that it does not count towards the budget of the next one.
    """

    spec: StrategySpec
    timeframe: Timeframe

    def run(self, file_cache: StrategyFileCache) -> StrategyPrepared:
        strategy = self.spec.make(file_cache)
        columns_of(synthetic_candles(_TRIAL_ROWS, self.timeframe), strategy.indicators())
        _decide_once(lambda: self.spec.make(file_cache))
        return StrategyPrepared()


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateTargets(WorkerQuery):
    """Find the changes of target among the candles that closed after `start_after`.

    `candles` reach from the warm-up before the anchor of the first such candle to the last
    requested one, at most to the next anchor.
    """

    spec: StrategySpec
    candles: CandleFrame
    second: CandleFrame | None
    start_after: datetime
    before: Direction

    def run(self, file_cache: StrategyFileCache) -> TargetEvaluation:
        strategy = self.spec.make(file_cache)
        timeframe = self.candles.timeframe
        last = from_datetime64(cast(np.datetime64, self.candles.open_time[-1]))
        anchor = to_datetime64(anchor_before(last, timeframe))
        window = build_window(self.candles, anchor, strategy.warmup(timeframe))
        declared, second = strategy.second(), None
        if declared is not None and self.second is not None:
            times = window.close_times[window.missing : window.stop]
            second = second_values(declared, self.second, times)
        requested = closing_times(window) > to_datetime64(self.start_after)
        return evaluate_targets(strategy, window, second, requested, self.before)


def facts_of(source: StrategySource) -> StrategyFacts:
    """Return the description of a strategy; for a user's, in a worker."""
    schema, default = source.kind.model_json_schema(), source.kind()
    second = default.second()
    return StrategyFacts(
        name=source.name,
        title=plain_text(str(source.kind.title or source.name)),
        description=plain_text(inspect.cleandoc(source.kind.__doc__ or "")),
        line=source.line,
        parameters=json.dumps(schema),
        defaults=json.dumps(default.model_dump(mode="json")),
        warmup=default.warmup(Timeframe.M1),
        second=None if second is None else second.timeframe,
    )


def _decide_once(make: Callable[[], Strategy]) -> None:
    """Decide one window of synthetic candles, and compute one reason."""
    trial = synthetic_trial(make)
    window = trial.windows()[0]
    decided = np.flatnonzero(trial.directions(window) != Direction.HOLD)
    if len(decided):
        reason_at(make(), trial.frame(window), int(decided[-1]))


def _requirements_of(strategy: Strategy, timeframe: Timeframe) -> CandleRequirements:
    second = strategy.second()
    return CandleRequirements(
        warmup=strategy.warmup(timeframe),
        gaps=strategy.gaps,
        second=None if second is None else second.timeframe,
        second_warmup=0 if second is None else second.warmup,
    )
