"""One process that calls workers to its help once a sweep takes longer than they take to start."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from backtesting.sweeps.crew import Crew
from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.trial import Evaluated
from backtesting.sweeps.workforce import Parameters, Serial, Workforce

CrewOpener = Callable[[], AbstractContextManager[Crew]]
AFTER_S = 2.0


class Reinforced(Crew):
    """This process alone for `after_s`, then the crew that `open_crew` opens; tables are equal."""

    def __init__(self, open_crew: CrewOpener, *, after_s: float = AFTER_S) -> None:
        self._open_crew = open_crew
        self._after_s = after_s

    @contextmanager
    def working_on(self, evaluator: Evaluator) -> Iterator[Workforce]:
        with ExitStack() as stack:

            def call() -> Workforce:
                crew = stack.enter_context(self._open_crew())
                return stack.enter_context(crew.working_on(evaluator))

            yield _First(Serial(evaluator), call, self._after_s)


class _First(Workforce):
    def __init__(self, alone: Workforce, call: Callable[[], Workforce], after_s: float) -> None:
        self._alone = alone
        self._call = call
        self._left_s = after_s
        self._helpers: Workforce | None = None

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, Evaluated]]]:
        done = 0
        if self._helpers is None:
            for finished in self._for_a_while(sets):
                done += len(finished)
                yield finished
        if done < len(sets):
            self._helpers = self._helpers or self._call()
            for finished in self._helpers.evaluate(sets[done:]):
                yield [(done + number, evaluated) for number, evaluated in finished]

    def _for_a_while(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, Evaluated]]]:
        begun = time.monotonic()
        for finished in self._alone.evaluate(sets):
            yield finished
            if time.monotonic() - begun > self._left_s:
                break
        self._left_s -= time.monotonic() - begun
