"""The strategies that exist: built-in ones, and users' files as they are added and changed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec

from strategies.built_in import built_in_sources
from strategies.ports import StrategyRepository
from strategies.strategy_files import FileProblem, StrategyFile
from strategies.strategy_handle import StrategyName
from strategies.user_code.file_parts import FileParts
from strategies.user_code.folder import strategy_files, warn_of_undeclared_data
from strategies.workers.pool import WorkerJob, Workers
from strategies.workers.queries import (
    FileInspection,
    InspectFile,
    QueryFailure,
    QueryResult,
    StrategyFileCache,
    facts_of,
    is_overload,
)
from utils.clock import Clock
from utils.files import FileState

log = logging.getLogger("truetape.strategies")

FileStates = tuple[FileState | None, ...]
"""The states of a strategy file and of each of its parts, None for a missing one."""

# The `seen_at` of built-in files, which are not scanned.
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _InspectionKey:
    """The name of a job that inspects a file in this state."""

    path: Path
    state: FileStates


class StrategyCatalog:
    """Scans the folder; new and changed files are run in a worker, never here."""

    def __init__(
        self,
        folder: Path | None,
        inspectors: Workers,
        repository: StrategyRepository,
        clock: Clock,
        loading_s: float,
    ) -> None:
        self._folder = folder
        self._inspectors = inspectors
        self._repository = repository
        self._clock = clock
        self._loading_s = loading_s
        self._states: dict[Path, FileStates] = {}
        self._reread: set[Path] = set()
        self._files: dict[Path, StrategyFile] = {}
        self._saved: list[StrategyFile] = []
        self._built_in = dict(built_in_sources())
        self.file_cache = StrategyFileCache(self._built_in)
        """The cache in which queries run about built-in strategies."""
        self.invalid_configurations: tuple[StrategyFile, ...] = ()
        """Invalid configuration files: stored with the strategy files."""

    def find(self, strategy: str) -> StrategyName | str:
        """Return the strategy of this name as it is now, or why there is none."""
        if strategy in self._built_in:
            return StrategyName(strategy, self._built_in[strategy].version)
        for path, file in sorted(self._files.items()):
            if any(facts.name == strategy for facts in file.strategies):
                return StrategyName(strategy, file.version, path)
        broken = [
            f"{path}{'' if problem.line is None else f':{problem.line}'}: {problem.message}"
            for path, file in sorted(self._files.items())
            for problem in file.problems
        ]
        problem = f"{strategy!r} is not a strategy; there are: {', '.join(self._names())}"
        return "; ".join([problem, *broken])

    @property
    def complete(self) -> bool:
        """Return whether every file was inspected."""
        return self._states.keys() <= self._files.keys()

    def scan(self) -> bool:
        """Inspect added and changed files, drop removed ones; return whether one was removed."""
        found = {path: self._states_of(path) for path in strategy_files(self._folder)}
        states = {path: state for path, state in found.items() if state[0] is not None}
        changed = {path for path, state in states.items() if self._states.get(path) != state}
        gone = self._states.keys() - states.keys()
        for path in gone:
            self._files.pop(path, None)
        self._states = states
        for path in sorted(changed):
            self._inspect(path, states[path])
        return bool(gone)

    def apply(self, name: object, result: QueryResult) -> bool:
        """Apply the result of a job of `scan`; return whether it was one."""
        if not isinstance(name, _InspectionKey):
            return False
        if self._states.get(name.path) == name.state:
            file = self._file(name.path, result)
            self._log_file(file)
            if is_overload(result):
                # An overload is not a result of the file: its last one stays.
                file = self._files.get(name.path, file)
                self._inspect(name.path, name.state)
            else:
                self._reread.add(name.path)
            self._files[name.path] = file
            if isinstance(result, FileInspection) and result.parts.version() in (
                result.version,
                "",
            ):
                # From now on a change of its parts is detected, too.
                self._states[name.path] = self._states_of(name.path)
        return True

    def save(self) -> None:
        """Store all files, if they differ from those stored."""
        files = [
            *_built_in_files(),
            *self._without_taken_names(),
            *self.invalid_configurations,
        ]
        if files != self._saved:
            self._repository.save_files(files)
            self._saved = files

    def invalidate_saved(self) -> None:
        """Make the next `save` store all files: what is stored is unknown."""
        self._saved = []

    def reread(self) -> set[Path]:
        """Return the files that were read since the last call."""
        reread, self._reread = self._reread, set()
        return reread

    def _inspect(self, path: Path, state: FileStates) -> None:
        self._inspectors.submit(
            WorkerJob(_InspectionKey(path, state), InspectFile(path), self._loading_s)
        )

    def _states_of(self, path: Path) -> FileStates:
        previous = self._files.get(path)
        return FileParts(path, tuple(map(Path, previous.parts if previous else ()))).states()

    def _names(self) -> list[str]:
        users = [facts.name for file in self._files.values() for facts in file.strategies]
        return [*self._built_in, *sorted(users)]

    def _file(self, path: Path, result: QueryResult) -> StrategyFile:
        facts = result if isinstance(result, FileInspection) else None
        problems = facts.problems if facts else ()
        if isinstance(result, QueryFailure):
            again = "; it is retried" if is_overload(result) else ""
            problems = (FileProblem(line=None, message=f"running it {result.problem}{again}"),)
        return StrategyFile(
            path=str(path),
            version=facts.version if facts else "",
            seen_at=self._clock.now(),
            strategies=facts.strategies if facts else (),
            problems=problems,
            parts=tuple(map(str, facts.parts.others)) if facts else (),
        )

    def _log_file(self, file: StrategyFile) -> None:
        for problem in file.problems:
            log.error(
                "strategy file not loaded",
                extra={"path": file.path, "line": problem.line, "problem": problem.message},
            )
        if not file.problems:
            names = [facts.name for facts in file.strategies]
            log.info("strategy file loaded", extra={"path": file.path, "strategies": names})
        warn_of_undeclared_data(Path(file.path).parent)

    def _without_taken_names(self) -> Iterator[StrategyFile]:
        """Yield the users' files; a strategy whose name is taken becomes a problem."""
        taken = set(self._built_in)
        for _, file in sorted(self._files.items()):
            free = tuple(facts for facts in file.strategies if facts.name not in taken)
            problems = tuple(
                FileProblem(
                    line=facts.line, message=f"the name {facts.name} is in use: choose another"
                )
                for facts in file.strategies
                if facts.name in taken
            )
            taken |= {facts.name for facts in free}
            yield msgspec.structs.replace(
                file, strategies=free, problems=(*file.problems, *problems)
            )


@cache
def _built_in_files() -> tuple[StrategyFile, ...]:
    """Describe the built-in files, once per process: the schemas of parameters take long."""
    return tuple(
        StrategyFile(
            path=str(source.path),
            version=source.version,
            seen_at=_ALWAYS,
            built_in=True,
            strategies=(facts_of(source),),
        )
        for source in built_in_sources().values()
    )
