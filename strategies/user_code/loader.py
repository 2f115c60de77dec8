"""Loading of a user's strategy file: run it, find its strategies, report its errors.

Errors of a file are not raised: each becomes a LoadProblem with its line. Load it only in a
process that may be killed: it may do anything.
"""

import inspect
import linecache
import operator
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import get_args

from pydantic import ValidationError

from data import Gaps, Timeframe
from strategies.base import SecondTimeframe, Strategy
from strategies.user_code.file_guard import allow_parts, unguarded
from strategies.user_code.file_parts import FileParts, version_of
from strategies.user_code.file_syntax import class_lines
from strategies.user_code.folder import declared_resources
from strategies.user_code.helper_modules import helpers_below, importing_from
from strategies.user_code.interpreter_state import InterpreterState
from utils.bounds import shortened
from utils.validation_errors import config_error


@dataclass(frozen=True, slots=True)
class StrategySource:
    """A strategy class and where it is from; `version` is the digest of its files."""

    kind: type[Strategy]
    path: Path
    line: int
    version: str
    built_in: bool = False

    @property
    def name(self) -> str:
        """Return its name: that of its class."""
        return self.kind.__name__


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """A problem of a user's file, and its line, if one can be named."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        place = str(self.path) if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One user's file as it was when it was last run, and the process state that it left.

    `text` is what was run.
    """

    parts: FileParts
    version: str
    state: InterpreterState
    sources: tuple[StrategySource, ...] = ()
    problems: tuple[LoadProblem, ...] = ()
    text: str = ""

    @property
    def path(self) -> Path:
        """Return the path of the strategy file itself."""
        return self.parts.path

    def enter(self) -> None:
        """Restore the process state that it left, and allow it to read its own files only."""
        self.state.restore()
        allow_parts(self.parts)


def load_file(path: Path, before: LoadedFile | None = None) -> LoadedFile:
    """Run a file and return it; return `before` if that had no problem and has not changed."""
    state = InterpreterState.current()
    with unguarded():
        if before is not None and not before.problems and before.parts.version() == before.version:
            return before
        try:
            text = path.read_bytes()
        except OSError as error:
            problem = LoadProblem(path, None, f"cannot be read: {error.strerror}")
            return LoadedFile(FileParts(path), "", state, problems=(problem,))
    try:
        return _loaded(path, text)
    finally:
        state.restore()


def user_line(error: BaseException, folder: Path) -> str:
    """Return the last line in a folder's files of an error's traceback, as in `mine.py line 7`."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if Path(frame.filename).is_relative_to(folder)]
    if places:
        return f"{Path(places[-1].filename).name} line {places[-1].lineno}"
    return ""


def error_text(error: BaseException) -> str:
    """Return the class name and the message of an error; of a validation its first problem."""
    if isinstance(error, ValidationError):
        message = str(config_error(error.title, error))
    else:
        message = str(error)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _loaded(path: Path, text: bytes) -> LoadedFile:
    resources = declared_resources(path, text)
    allow_parts(FileParts(path, resources=resources), modules=path.parent)
    module = ModuleType(f"user_strategies_{path.stem}_{version_of(text)}")
    module.__file__ = str(path)
    linecache.checkcache()
    sys.modules[module.__name__] = module
    kinds: list[type[Strategy]] = []
    problem: LoadProblem | None = None
    with importing_from(path.parent):
        try:
            exec(compile(text, str(path), "exec"), module.__dict__)
            kinds = list(_strategies_in(module))
        except BaseException as error:  # noqa: BLE001 a user's file may raise anything
            del sys.modules[module.__name__]
            problem = _problem(path, error)
        helpers = helpers_below(path.parent)
    if problem is None and not kinds:
        problem = LoadProblem(path, None, "defines no strategy: a class derived from Strategy")
    parts = FileParts(path, helpers, resources)
    version, state = _version_of_parts(parts, text), InterpreterState.current()
    if problem is not None:
        return LoadedFile(parts, version, state, problems=(problem,))
    lines = class_lines(text)
    checked = {kind: _check(kind, path, lines.get(kind.__name__, 1)) for kind in kinds}
    missing = tuple(_missing(path, resources))
    sources = tuple(
        StrategySource(kind, path, lines.get(kind.__name__, 1), version)
        for kind, found in checked.items()
        if found is None and not missing
    )
    problems = (*missing, *filter(None, checked.values()))
    return LoadedFile(parts, version, state, sources, problems, text.decode("utf-8", "replace"))


def _version_of_parts(parts: FileParts, text: bytes) -> str:
    """Return the version of what was run; of a file whose resources are missing, of its text."""
    with unguarded():
        return parts.version() or version_of(text)


def _missing(path: Path, resources: tuple[Path, ...]) -> Iterator[LoadProblem]:
    for resource in resources:
        name = resource.relative_to(path.parent) if resource.is_relative_to(path.parent) else None
        if name is None or ".." in name.parts:
            problem = f"declares the resource {resource}, which must be inside {path.parent}"
            yield LoadProblem(path, None, problem)
        elif not resource.exists():
            yield LoadProblem(path, None, f"declares the resource {resource}, which does not exist")


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
        declared = _declaration_problem(strategy)
        if not declared:
            strategy.warmup(Timeframe.M1)
    except BaseException as error:  # noqa: BLE001 a user's class may raise anything
        problem = _problem(path, error)
        message = f"{kind.__name__} cannot be made with its defaults: {problem.message}"
        if isinstance(error, ValidationError):
            message += "; give it a default that its type and bounds accept"
        return LoadProblem(path, problem.line or line, message)
    return LoadProblem(path, line, f"{kind.__name__}: {declared}") if declared else None


def _declaration_problem(strategy: Strategy) -> str:
    """Return what is wrong about what a class declares beside its parameters, else an empty text.

    Nothing else validates it: a misspelt `gaps` would be taken as the default.
    """
    gaps, second = get_args(Gaps), strategy.second()
    if strategy.gaps not in gaps:
        return f"gaps must be one of {', '.join(gaps)}, was {shortened(strategy.gaps)}"
    if not _is_count(strategy.lookback):
        return f"lookback must be a whole number of at least 0, was {shortened(strategy.lookback)}"
    if not isinstance(strategy.title, str):
        return f"title must be a text, was {shortened(strategy.title)}"
    if not isinstance(second, SecondTimeframe | None):
        return f"second() must return a SecondTimeframe or None, returned {shortened(second)}"
    return ""


def _is_count(value: object) -> bool:
    try:
        return operator.index(value) >= 0  # type: ignore[arg-type]
    except TypeError:
        return False


def _problem(path: Path, error: BaseException) -> LoadProblem:
    if isinstance(error, SyntaxError):
        return LoadProblem(path, error.lineno, f"SyntaxError: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    line = lines[-1] if lines else None
    return LoadProblem(path, line, error_text(error))
