"""Data jobs run in the calling process, or held until a test releases them."""

import threading
from collections.abc import Callable

from dashboard.system.data_jobs import DataJobCancelled, DataJobFailed, DataJobRunner, DataJobSpec


class InlineDataJobs(DataJobRunner):
    """Returns a result; while `gate` is closed a job waits halfway. `problem`: it fails."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.done: list[DataJobSpec] = []
        self.problem = ""
        self.ignores_cancel = False

    def do(
        self,
        spec: DataJobSpec,
        progress: Callable[[float], None],
        is_cancelled: Callable[[], bool],
    ) -> str:
        progress(0.42)
        while not self.gate.wait(0.02):
            if is_cancelled() and not self.ignores_cancel:
                raise DataJobCancelled("ended by hand")
        if self.problem:
            raise DataJobFailed(self.problem)
        self.done.append(spec)
        return f"did {spec.kind} of {spec.instrument}"
