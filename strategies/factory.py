"""Find strategies by name: those that come with the platform, and the user's own files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from strategies.base import Strategy
from strategies.config import StrategyConfig
from strategies.library import BUILT_IN
from strategies.parameters import build_model
from strategies.user_files import (
    LoadedFile,
    LoadProblem,
    StrategySource,
    lines_of_classes,
    load_file,
    version_of,
)
from utils.errors import ConfigError

_LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class StrategyBook:
    """Every strategy that can be asked for, and what keeps others from being so."""

    sources: Mapping[str, StrategySource]
    problems: tuple[LoadProblem, ...] = ()
    files: tuple[LoadedFile, ...] = field(default=(), repr=False)

    def create(self, name: str, parameters: Mapping[str, Any]) -> Strategy:
        """Return a strategy with these parameters. Raises ConfigError."""
        if name not in self.sources:
            problem = f"{name!r} is no strategy; there are: {', '.join(self.sources)}"
            raise ConfigError("strategy", field="name", problem=problem)
        return build_model(self.sources[name].kind, parameters, source=f"strategy {name}")

    def create_from(self, config: StrategyConfig) -> Strategy:
        """Return the strategy that a configuration names. Raises ConfigError."""
        return self.create(config.strategy, config.parameters)


def create_strategy(name: str, parameters: Mapping[str, Any]) -> Strategy:
    """Return a built-in strategy with these parameters. Raises ConfigError."""
    return load_strategies().create(name, parameters)


def load_strategies(folder: Path | None = None, before: StrategyBook | None = None) -> StrategyBook:
    """Return the built-in strategies and those of a folder's files.

    `before`: the book of an earlier look, whose files are not run again if they have not changed.
    Files whose names begin with `_` are not looked at.
    """
    known = {loaded.path: loaded for loaded in (before.files if before else ())}
    paths = sorted(folder.glob("[!_]*.py")) if folder is not None else []
    files = tuple(load_file(path, known.get(path)) for path in paths)
    sources = {source.name: source for source in _built_in()}
    problems = [problem for loaded in files for problem in loaded.problems]
    for source in (source for loaded in files for source in loaded.sources):
        taken = sources.setdefault(source.name, source)
        if taken is not source:
            message = f"the name {source.name} is taken by {taken.path}: choose another"
            problems.append(LoadProblem(source.path, source.line, message))
    return StrategyBook(MappingProxyType(sources), tuple(problems), files)


def _built_in() -> Iterator[StrategySource]:
    for kind in BUILT_IN:
        path = _LIBRARY / f"{kind.__module__.rpartition('.')[2]}.py"
        text = path.read_bytes()
        line = lines_of_classes(text)[kind.__name__]
        yield StrategySource(kind, path, line, version_of(text), built_in=True)
