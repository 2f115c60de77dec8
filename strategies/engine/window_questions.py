"""What backtests and commands ask of a strategy in a worker: its needs, and windows of candles."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from data import CandleFrame, Timeframe
from strategies.base import Strategy
from strategies.configured import LocalStrategy
from strategies.engine.answers import AnswersDigest, Configured, WindowDirections
from strategies.engine.questions import Failed, Question, Shelf, Spec
from strategies.judging import Judgement, Rows
from strategies.signals import Direction
from strategies.user_files import error_text
from strategies.verification import Report, answers_digest, verify
from strategies.window import Window
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Configure(Question):
    """Are these parameters right, and what do they make of the strategy?"""

    spec: Spec

    def answer(self, shelf: Shelf) -> Configured | Failed:
        try:
            strategy = self.spec.make(shelf)
        except ConfigError as error:
            return Failed(error.problem, field=error.field)
        return configured(strategy)


@dataclass(frozen=True, slots=True, eq=False)
class EvaluateWindow(Question):
    """Which direction has each candle of a window?"""

    spec: Spec
    window: Window
    second: CandleFrame | None

    def answer(self, shelf: Shelf) -> WindowDirections:
        strategy = LocalStrategy(self.spec.make(shelf))
        return WindowDirections(strategy.evaluate(self.window, self.second))


@dataclass(frozen=True, slots=True, eq=False)
class JudgeWindow(Question):
    """Which changes of target are there among the candles of a window that are `asked` about?"""

    spec: Spec
    window: Window
    second: CandleFrame | None
    asked: Rows
    before: Direction

    def answer(self, shelf: Shelf) -> Judgement:
        strategy = LocalStrategy(self.spec.make(shelf))
        return strategy.judge(self.window, self.second, self.asked, self.before)


@dataclass(frozen=True, slots=True)
class DigestAnswers(Question):
    """What does it answer to made-up candles? Every process must answer the same."""

    spec: Spec
    seed: int

    def answer(self, shelf: Shelf) -> AnswersDigest:
        return AnswersDigest(answers_digest(lambda: self.spec.make(shelf), self.seed))


@dataclass(frozen=True, slots=True)
class ReportVerification(Question):
    """What do all checks find? For a person to read."""

    spec: Spec
    seed: int

    def answer(self, shelf: Shelf) -> Report:
        source = shelf.source(self.spec.name)
        text = source.path.read_text() if source.built_in else shelf.text(self.spec.name)
        return verify(lambda: self.spec.make(shelf), text, seed=self.seed)


def configured(strategy: Strategy) -> Configured:
    """Return what is known of a strategy with its parameters without its code."""
    local = LocalStrategy(strategy)
    return Configured(
        parameters=json.dumps(dict(local.parameters)),
        signal_parameters=local.signal_parameters,
        exits=local.exits,
        gaps=local.gaps,
        second=local.second(),
        warmups=dict(_warmups(local)),
    )


def _warmups(strategy: LocalStrategy) -> Iterator[tuple[Timeframe, int | str]]:
    for timeframe in Timeframe:
        try:
            yield timeframe, strategy.warmup(timeframe)
        except Exception as error:  # noqa: BLE001 a user's strategy may raise anything
            yield timeframe, f"warmup({timeframe}) raised {error_text(error)}"
