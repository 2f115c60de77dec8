"""What is asked about strategies: answered here for built-in ones, in workers for the users' own.

Questions and answers are plain values, so that they can travel to another process and back.
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
from strategies.configured import StrategyName
from strategies.engine.answers import AnswersDigest, Configured, WindowDirections
from strategies.errors import FileChanged
from strategies.evaluation import check_timeframes, reason_at
from strategies.file_parts import FileParts
from strategies.frame import columns_of
from strategies.judging import Judgement, closing_times, judge
from strategies.parameters import build_model
from strategies.second import second_values
from strategies.signals import Direction
from strategies.status import FileProblem, StrategyFacts, plain_text
from strategies.user_files import (
    LoadedFile,
    StrategySource,
    error_text,
    load_file,
    user_line,
)
from strategies.verification import Report, a_trial, verify
from strategies.verification.market import a_market
from strategies.window import anchor_before, build_window
from utils.errors import ConfigError
from utils.supervision import WorkState

_TRIAL_ROWS = 64


@dataclass(frozen=True, slots=True)
class Needs:
    """The candles that decisions are made on: warm-up rows, and those of a second timeframe."""

    warmup: int
    gaps: Gaps
    second: Timeframe | None = None
    second_warmup: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file holds, as it was when it was run."""

    version: str
    strategies: tuple[StrategyFacts, ...]
    problems: tuple[FileProblem, ...]
    parts: FileParts


@dataclass(frozen=True, slots=True)
class Resolved:
    """Parameters were accepted; `parameters` are those that decide signals, canonically."""

    parameters: str
    needs: Needs


@dataclass(frozen=True, slots=True)
class Checked:
    """Verification is over; `report` is for a person to read."""

    passed: bool
    report: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The next question about this strategy will be answered without delay."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no answer, and why. `exceeded`: which limit ended it, None if none did.

    `is_stale`: the file was another one when it was read, so this says nothing of the version that
    the question is about. `field` is the parameter at fault, if one is; `error` what the code
    raised, and where.
    """

    problem: str
    exceeded: WorkState | None = None
    is_stale: bool = False
    field: str = ""
    error: str = ""


def failure(error: BaseException, folders: Iterable[Path] = ()) -> Failed:
    """Return what a user's code raised, with the line in the files below these folders."""
    place = next(filter(None, (user_line(error, folder) for folder in folders)), "")
    text = plain_text(f"{error_text(error)} ({place})" if place else error_text(error))
    return Failed(f"raised {text}", is_stale=isinstance(error, FileChanged), error=text)


def is_load(answer: object) -> bool:
    """Tell whether an answer says nothing of the code, since the machine was too loaded."""
    return isinstance(answer, Failed) and answer.exceeded is WorkState.LOADED


Answer = (
    Facts
    | Resolved
    | Checked
    | Prepared
    | Judgement
    | Configured
    | WindowDirections
    | AnswersDigest
    | Report
    | Failed
)


class Shelf:
    """The files of strategies as one process has loaded them."""

    def __init__(self, built_in: dict[str, StrategySource] | None = None) -> None:
        self._built_in = built_in or {}
        self._files: dict[Path, LoadedFile] = {}

    @property
    def folders(self) -> set[Path]:
        """Return the folders of the files that were loaded."""
        return {path.parent for path in self._files}

    def file(self, path: Path) -> LoadedFile:
        """Return a file, run again: what it needs may have changed though it has not."""
        self._files[path] = load_file(path)
        return self._files[path]

    def text(self, name: StrategyName) -> str:
        """Return the text of a user's strategy as it was run. Raises StrategyError as `source`."""
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
        raise FileChanged(f"{name.path} holds no {name.strategy} of version {name.version} now")


@dataclass(frozen=True, slots=True)
class Spec:
    """A strategy with parameters, as JSON."""

    name: StrategyName
    parameters: str

    def make(self, shelf: Shelf) -> Strategy:
        """Make the strategy. Raises ConfigError for parameters, StrategyError for the file."""
        source = f"strategy {self.name.strategy}"
        try:
            parameters: Any = json.loads(self.parameters)
        except ValueError as error:
            raise ConfigError(source, field="parameters", problem=f"is no JSON: {error}") from error
        if not isinstance(parameters, dict):
            raise ConfigError(source, field="parameters", problem='must look like {"fast": 5}')
        return build_model(shelf.source(self.name).kind, parameters, source=source)


class Question(ABC):
    """Something to ask where strategies are loaded."""

    @abstractmethod
    def answer(self, shelf: Shelf) -> Answer:
        """Answer it. Raises whatever the user's code raises."""


@dataclass(frozen=True, slots=True)
class Look(Question):
    """What does a file hold?"""

    path: Path

    def answer(self, shelf: Shelf) -> Facts:
        loaded = shelf.file(self.path)
        return Facts(
            version=loaded.version,
            strategies=tuple(map(facts_of, loaded.sources)),
            problems=tuple(
                FileProblem(line=problem.line, message=plain_text(problem.message))
                for problem in loaded.problems
            ),
            parts=loaded.parts,
        )


@dataclass(frozen=True, slots=True)
class Resolve(Question):
    """Are these parameters right, and which candles does it need?"""

    spec: Spec
    timeframe: Timeframe

    def answer(self, shelf: Shelf) -> Resolved | Failed:
        try:
            strategy = self.spec.make(shelf)
            check_timeframes(strategy, self.timeframe)
        except ConfigError as error:
            return Failed(str(error))
        return Resolved(strategy.signal_parameters(), _needs_of(strategy, self.timeframe))


@dataclass(frozen=True, slots=True)
class Try(Question):
    """Does it decide one window at all? What never answers need not be verified at length."""

    spec: Spec

    def answer(self, shelf: Shelf) -> Prepared:
        _decide_once(lambda: self.spec.make(shelf))
        return Prepared()


@dataclass(frozen=True, slots=True)
class Verify(Question):
    """Does it look ahead, remember, throw dice?"""

    spec: Spec

    def answer(self, shelf: Shelf) -> Checked:
        report = verify(lambda: self.spec.make(shelf), shelf.text(self.spec.name))
        return Checked(report.passed, tuple(map(plain_text, report.lines())))


@dataclass(frozen=True, slots=True)
class Prepare(Question):
    """Load what it needs: its file, the compiled code of its indicators, and what its first
    decision imports and compiles, which is no part of the budget of the next one.
    """

    spec: Spec
    timeframe: Timeframe

    def answer(self, shelf: Shelf) -> Prepared:
        strategy = self.spec.make(shelf)
        columns_of(a_market(_TRIAL_ROWS, self.timeframe), strategy.indicators())
        _decide_once(lambda: self.spec.make(shelf))
        return Prepared()


@dataclass(frozen=True, slots=True, eq=False)
class Judge(Question):
    """Which targets do the candles behind `asked_from` make?

    `candles` reach from the warm-up before the anchor of the first such candle to the last one
    that is asked about, at most to the next anchor.
    """

    spec: Spec
    candles: CandleFrame
    second: CandleFrame | None
    asked_from: datetime
    before: Direction

    def answer(self, shelf: Shelf) -> Judgement:
        strategy = self.spec.make(shelf)
        timeframe = self.candles.timeframe
        last = from_datetime64(cast(np.datetime64, self.candles.open_time[-1]))
        anchor = to_datetime64(anchor_before(last, timeframe))
        window = build_window(self.candles, anchor, strategy.warmup(timeframe))
        declared, second = strategy.second(), None
        if declared is not None and self.second is not None:
            times = window.close_times[window.missing : window.stop]
            second = second_values(declared, self.second, times)
        asked = closing_times(window) > to_datetime64(self.asked_from)
        return judge(strategy, window, second, asked, self.before)


def facts_of(source: StrategySource) -> StrategyFacts:
    """Return the description of a strategy; for a user's, in a worker."""
    schema, usual = source.kind.model_json_schema(), source.kind()
    second = usual.second()
    return StrategyFacts(
        name=source.name,
        title=plain_text(str(source.kind.title or source.name)),
        description=plain_text(inspect.cleandoc(source.kind.__doc__ or "")),
        line=source.line,
        parameters=json.dumps(schema),
        defaults=json.dumps(usual.model_dump(mode="json")),
        warmup=usual.warmup(Timeframe.M1),
        second=None if second is None else second.timeframe,
    )


def _decide_once(make: Callable[[], Strategy]) -> None:
    """Let a strategy decide one window of made-up candles, and give one reason."""
    trial = a_trial(make)
    window = trial.windows()[0]
    decided = np.flatnonzero(trial.answer(window) != Direction.HOLD)
    if len(decided):
        reason_at(make(), trial.frame(window), int(decided[-1]))


def _needs_of(strategy: Strategy, timeframe: Timeframe) -> Needs:
    second = strategy.second()
    return Needs(
        warmup=strategy.warmup(timeframe),
        gaps=strategy.gaps,
        second=None if second is None else second.timeframe,
        second_warmup=0 if second is None else second.warmup,
    )
