"""The registry of all strategies by name: the built-in ones, and those of users' files.

Names are found in the text of the files. Only a file that defines the requested name is run, in a
worker; the others only if none defines it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strategies.built_in import built_in_sources
from strategies.hosts.host import StrategyHost, problem_of
from strategies.hosts.hosted import HostedType
from strategies.strategy_handle import ConfiguredStrategy, LocalType, StrategyType
from strategies.user_code.file_syntax import class_lines
from strategies.user_code.folder import strategy_files, text_of, warn_of_undeclared_data
from strategies.user_code.loader import LoadProblem
from strategies.workers.queries import FileInspection, InspectFile
from utils.errors import ConfigError


class StrategyRegistry:
    """Finds built-in strategies, and those in a folder's files by their class names."""

    def __init__(self, folder: Path | None = None, host: StrategyHost | None = None) -> None:
        self._folder = folder
        self._host = host
        self._built_in = built_in_sources()

    @property
    def host(self) -> StrategyHost:
        """Return the host that runs users' code. Raises ConfigError if there is none."""
        if self._host is None:
            raise ConfigError(
                "strategy", problem="user strategies cannot be run: there is no worker"
            )
        return self._host

    def names(self) -> list[str]:
        """Return the built-in strategies, then the classes that the files define, sorted."""
        shown: set[str] = set().union(*self._shown().values())
        return [*self._built_in, *sorted(shown - self._built_in.keys())]

    def find(self, name: str) -> StrategyType:
        """Return the strategy of a name. Raises ConfigError, with what is wrong with its file."""
        if name in self._built_in:
            source = self._built_in[name]
            return LocalType(source.kind, source.version)
        problems: list[LoadProblem] = []
        for path in self._files_for(name):
            found = self._in_file(path, problems)
            if name in found:
                warn_of_undeclared_data(path.parent)
                return found[name]
        raise ConfigError("strategy", field="name", problem=self._describe_missing(name, problems))

    def create(self, name: str, parameters: Mapping[str, Any]) -> ConfiguredStrategy:
        """Return a strategy with these parameters. Raises ConfigError."""
        return self.find(name).configure(parameters)

    def in_file(self, path: Path) -> tuple[list[HostedType], list[LoadProblem]]:
        """Run a file in a worker; return its strategies and its problems."""
        problems: list[LoadProblem] = []
        found = self._in_file(path, problems)
        for name in self._built_in.keys() & found.keys():
            line = found.pop(name).facts.line
            message = f"the name {name} is in use by {self._built_in[name].path}: choose another"
            problems.append(LoadProblem(path, line, message))
        warn_of_undeclared_data(path.parent)
        return list(found.values()), problems

    def _files_for(self, name: str) -> list[Path]:
        shown = self._shown()
        return [path for path, names in shown.items() if name in names] or list(shown)

    def _shown(self) -> dict[Path, set[str]]:
        """Return the names of the classes that each file defines."""
        paths = strategy_files(self._folder)
        return {path: set(class_lines(text_of(path))) for path in paths}

    def _in_file(self, path: Path, problems: list[LoadProblem]) -> dict[str, HostedType]:
        result = self.host.run(InspectFile(path), cpu_s=self.host.limits.loading_s)
        if not isinstance(result, FileInspection):
            problems.append(LoadProblem(path, None, f"running it {problem_of(result)}"))
            return {}
        problems += [LoadProblem(path, each.line, each.message) for each in result.problems]
        types = (
            HostedType(facts, result.version, result.parts, self.host)
            for facts in result.strategies
        )
        return {each.name: each for each in types}

    def _describe_missing(self, name: str, problems: list[LoadProblem]) -> str:
        names = self.names()
        if problems and name in names:
            return "; ".join(map(str, problems))
        listed = f"{name!r} is not a strategy; there are: {', '.join(names)}"
        return "; ".join([*map(str, problems), listed])
