"""Chores done in the calling process, or held up until a test lets them go."""

import threading
from collections.abc import Callable

from dashboard.system.chores import Chore, ChoreCancelled, ChoreFailed, ChoreWork


class InlineChores(ChoreWork):
    """Says what it did; while `gate` is closed a chore waits halfway. `problem`: it fails."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.done: list[Chore] = []
        self.problem = ""
        self.deaf = False

    def do(
        self, chore: Chore, progress: Callable[[float], None], is_cancelled: Callable[[], bool]
    ) -> str:
        progress(0.42)
        while not self.gate.wait(0.02):
            if is_cancelled() and not self.deaf:
                raise ChoreCancelled("ended by hand")
        if self.problem:
            raise ChoreFailed(self.problem)
        self.done.append(chore)
        return f"did {chore.kind} of {chore.instrument}"
