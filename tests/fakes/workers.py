"""Workers that answer in the calling process, when and how a script says."""

from collections.abc import Callable, Collection
from multiprocessing.connection import Connection
from typing import Literal

from strategies.engine.questions import Answer, Failed, Shelf, failure
from strategies.engine.workers import Done, Job, Ready, Workers
from utils.supervision import WorkState

Fate = Literal["answers", "waits", "overruns", "starves", "dies"]
"""`waits`: no answer yet. `overruns`: over its CPU budget. `starves`: the machine is overloaded."""


def answers(_: Job) -> Fate:
    """Let every job be answered at once."""
    return "answers"


class InlineWorkers(Workers):
    """Each time answers are collected, `fate` says what happens to each job that waits."""

    def __init__(self, fate: Callable[[Job], Fate] = answers) -> None:
        self.fate = fate
        self.ready: set[Ready] = set()
        self._shelf = Shelf()
        self._jobs: list[Job] = []

    def submit(self, job: Job) -> None:
        self._jobs.append(job)

    def collect(self) -> list[Done]:
        done, waiting = [], []
        for job in self._jobs:
            fate = self.fate(job)
            if fate == "waits":
                waiting.append(job)
            else:
                done.append(Done(job, self._answer(job, fate)))
        self._jobs = waiting
        return done

    def keep_ready(self, wanted: Collection[Ready]) -> None:
        self.ready = set(wanted)

    def channels(self) -> list[Connection]:
        return []

    def patience_s(self) -> float | None:
        return None

    def close(self) -> None:
        self._jobs.clear()

    def forget_files(self) -> None:
        """Go on as a fresh worker: it has read no file yet."""
        self._shelf = Shelf()

    def _answer(self, job: Job, fate: Fate) -> Answer:
        if fate == "overruns":
            return Failed(f"used more than {job.budget_s:g} s", WorkState.OVER_CPU)
        if fate == "starves":
            return Failed("was not done: the machine is overloaded", WorkState.LOADED)
        if fate == "dies":
            return Failed("ended its process")
        try:
            return job.question.answer(self._shelf)
        except Exception as error:  # noqa: BLE001 a user's strategy may raise anything
            return failure(error, self._shelf.folders)
