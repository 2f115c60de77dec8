"""A user's file of strategies: run, looked through, and whatever is wrong with it said.

Nothing it does wrong is raised: it becomes a LoadProblem with the line to look at.
"""

import ast
import hashlib
import inspect
import linecache
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from data import Timeframe
from strategies.base import Strategy


@dataclass(frozen=True, slots=True)
class StrategySource:
    """A strategy class and where it is from; `version` is the digest of its file."""

    kind: type[Strategy]
    path: Path
    line: int
    version: str
    built_in: bool = False

    @property
    def name(self) -> str:
        """Return the name by which it is asked for: its class's."""
        return self.kind.__name__


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """What is wrong with a user's file, and in which line, if one can be named."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One user's file as it was when it was last run; `text` is what was run."""

    path: Path
    version: str
    sources: tuple[StrategySource, ...] = ()
    problems: tuple[LoadProblem, ...] = ()
    text: str = ""


def load_file(path: Path, before: LoadedFile | None = None) -> LoadedFile:
    """Run a file and return its strategies; `before` if it had no problem and has not changed."""
    try:
        text = path.read_bytes()
    except OSError as error:
        problem = LoadProblem(path, None, f"cannot be read: {error.strerror}")
        return LoadedFile(path, "", problems=(problem,))
    version = version_of(text)
    if before is not None and before.version == version and not before.problems:
        return before
    return _run(path, text, version)


def version_of(text: bytes) -> str:
    """Return the digest that names a version of a file."""
    return hashlib.sha256(text).hexdigest()[:16]


def lines_of_classes(text: bytes) -> dict[str, int]:
    """Return in which line each class of a file begins."""
    return {
        node.name: node.lineno for node in ast.parse(text).body if isinstance(node, ast.ClassDef)
    }


def _run(path: Path, text: bytes, version: str) -> LoadedFile:
    module = ModuleType(f"user_strategies_{path.stem}_{version}")
    module.__file__ = str(path)
    linecache.checkcache(str(path))
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
        lines = lines_of_classes(text)
    except (Exception, SystemExit) as error:  # noqa: BLE001 a user's file may raise anything
        del sys.modules[module.__name__]
        return LoadedFile(path, version, problems=(_problem(path, error),))
    kinds = list(_strategies_in(module))
    if not kinds:
        problem = LoadProblem(path, None, "defines no strategy: a class derived from Strategy")
        return LoadedFile(path, version, problems=(problem,))
    problems = {kind: _check(kind, path, lines[kind.__name__]) for kind in kinds}
    sources = tuple(
        StrategySource(kind, path, lines[kind.__name__], version)
        for kind, problem in problems.items()
        if problem is None
    )
    found = tuple(filter(None, problems.values()))
    return LoadedFile(path, version, sources, found, text.decode("utf-8", "replace"))


def _strategies_in(module: ModuleType) -> Iterator[type[Strategy]]:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Strategy)
            and value.__module__ == module.__name__
            and not (inspect.isabstract(value) and value.__subclasses__())
        ):
            yield value


def _check(kind: type[Strategy], path: Path, line: int) -> LoadProblem | None:
    if inspect.isabstract(kind):
        missing = ", ".join(sorted(kind.__abstractmethods__))
        return LoadProblem(path, line, f"{kind.__name__} has no {missing}()")
    try:
        strategy = kind()
        strategy.warmup(Timeframe.M1)
        strategy.second()
    except (Exception, SystemExit) as error:  # noqa: BLE001 a user's class may raise anything
        problem = _problem(path, error)
        message = f"{kind.__name__} cannot be made with its defaults: {problem.message}"
        return LoadProblem(path, problem.line or line, message)
    return None


def _problem(path: Path, error: BaseException) -> LoadProblem:
    if isinstance(error, SyntaxError):
        return LoadProblem(path, error.lineno, f"SyntaxError: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    line = lines[-1] if lines else None
    return LoadProblem(path, line, f"{type(error).__name__}: {error}")
