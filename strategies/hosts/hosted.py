"""A user's strategy as services hold it: its description, and the host that runs it."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from data import CandleFrame, Gaps, Timeframe
from strategies.errors import StrategyError
from strategies.exits import Exits
from strategies.hosts.host import A, HostLimits, StrategyHost, problem_of, shared_host
from strategies.second_timeframe import SecondRequirements
from strategies.signals import Direction, Directions
from strategies.strategy_files import StrategyFacts
from strategies.strategy_handle import ConfiguredStrategy, StrategyName, StrategyType
from strategies.target_evaluation import RowMask, TargetEvaluation
from strategies.user_code.file_parts import FileParts
from strategies.window import Window
from strategies.workers.host_queries import (
    Configure,
    EvaluateWindowDirections,
    EvaluateWindowTargets,
)
from strategies.workers.queries import QueryFailure, StrategySpec, WorkerQuery
from strategies.workers.results import StrategyDescriptor, WindowDirections
from utils.errors import ConfigError
from utils.files import FileState

_MAX_CACHED = 65_536
"""The maximum number of parameter sets of a type whose results are cached."""


@dataclass(frozen=True, slots=True, eq=False)
class HostedStrategy(ConfiguredStrategy):
    """A user's strategy with its parameters; its code runs in a worker of `host`."""

    spec: StrategySpec
    configured: StrategyDescriptor
    host: StrategyHost

    @property
    def name(self) -> str:
        return self.spec.name.strategy

    @property
    def parameters(self) -> Mapping[str, Any]:
        parameters: dict[str, Any] = json.loads(self.configured.parameters)
        return parameters

    @property
    def signal_parameters(self) -> str:
        return self.configured.signal_parameters

    @property
    def exits(self) -> Exits:
        return self.configured.exits

    @property
    def gaps(self) -> Gaps:
        return self.configured.gaps

    def warmup(self, timeframe: Timeframe) -> int:
        rows = self.configured.warmups[timeframe]
        if isinstance(rows, str):
            raise StrategyError(f"strategy {self.name}: {rows}")
        return rows

    def second(self) -> SecondRequirements | None:
        return self.configured.second

    def evaluate(self, window: Window, second: CandleFrame | None) -> Directions:
        query = EvaluateWindowDirections(self.spec, window, second)
        return self._decide(query, WindowDirections).directions

    def evaluate_targets(
        self, window: Window, second: CandleFrame | None, requested: RowMask, before: Direction
    ) -> TargetEvaluation:
        query = EvaluateWindowTargets(self.spec, window, second, requested, before)
        return self._decide(query, TargetEvaluation)

    def _decide(self, query: WorkerQuery, kind: type[A]) -> A:
        return self.host.decide(query, kind, self.spec.name)


@dataclass(frozen=True, slots=True, eq=False)
class HostedType(StrategyType):
    """A user's strategy by its description. It is pickled with its files, but without its host."""

    facts: StrategyFacts
    digest: str
    parts: FileParts
    host: StrategyHost
    _cached: dict[str, StrategyDescriptor | QueryFailure] = field(default_factory=dict, init=False)
    _unchanged: set[tuple[FileState | None, ...]] = field(default_factory=set, init=False)

    @property
    def id(self) -> StrategyName:
        return StrategyName(self.facts.name, self.digest, self.parts.path)

    @property
    def schema(self) -> Mapping[str, Any]:
        schema: dict[str, Any] = json.loads(self.facts.parameters)
        return schema

    def configure(self, parameters: Mapping[str, Any]) -> HostedStrategy:
        spec = self.spec(parameters)
        result = self._cached.get(spec.parameters)
        if result is None:
            result = self._configure(spec)
        if isinstance(result, StrategyDescriptor):
            return HostedStrategy(spec, result, self.host)
        source = f"strategy {self.name}"
        raise ConfigError(source, field=result.field, problem=problem_of(result))

    def spec(self, parameters: Mapping[str, Any]) -> StrategySpec:
        """Return the spec by which a worker makes the strategy with these parameters."""
        return StrategySpec(self.id, json.dumps(dict(parameters), sort_keys=True, default=str))

    def require_unchanged(self) -> None:
        states = self.parts.states()
        if states in self._unchanged:
            return
        if self.parts.version() != self.version:
            problem = "one of its files has changed since it was loaded: start again"
            raise ConfigError(f"strategy {self.name}", problem=problem)
        self._unchanged.add(states)

    def _configure(self, spec: StrategySpec) -> StrategyDescriptor | QueryFailure:
        result = self.host.run(Configure(spec), cpu_s=self.host.limits.loading_s)
        if not isinstance(result, StrategyDescriptor | QueryFailure):
            result = QueryFailure("gave no answer")
        if len(self._cached) >= _MAX_CACHED:
            self._cached.clear()
        self._cached[spec.parameters] = result
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the bytes of the files. Raises ConfigError if they have changed."""
        self.require_unchanged()
        parts = self.parts
        names = FileParts(
            Path(parts.path.name),
            tuple(helper.relative_to(parts.path.parent) for helper in parts.helpers),
            tuple(resource.relative_to(parts.path.parent) for resource in parts.resources),
        )
        contents = tuple(parts.contents().items())
        return reopen_type, (self.facts, self.version, names, contents, self.host.limits)


def reopen_type(
    facts: StrategyFacts,
    version: str,
    names: FileParts,
    contents: tuple[tuple[str, bytes], ...],
    limits: HostLimits,
) -> HostedType:
    """Return an unpickled type, on copies of its files. `names` are relative paths."""
    folder = _write_files(contents)
    parts = FileParts(
        folder / names.path,
        tuple(folder / helper for helper in names.helpers),
        tuple(folder / resource for resource in names.resources),
    )
    return HostedType(facts, version, parts, shared_host(limits))


@cache
def _write_files(contents: tuple[tuple[str, bytes], ...]) -> Path:
    """Write files into a folder of their own, which is removed at the end of this process."""
    folder = Path(tempfile.mkdtemp(prefix="truetape-strategy-"))
    Finalize(None, shutil.rmtree, (folder, True), exitpriority=1)
    for name, content in contents:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder
