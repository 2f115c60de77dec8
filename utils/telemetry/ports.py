"""The store that telemetry needs. Implemented above, in `database`, and by test fakes.

Every method may raise ServiceUnavailable (try again later) and ServiceFault (our fault).
Spans are [start, end), aware UTC.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from utils.telemetry.process import ProcessRecord, ProcessReport, ProcessSnapshot
from utils.telemetry.sample import HistoryPoint, Sample


class TelemetryRepository(ABC):
    """Samples for hours, points of ten minutes for days, and the last report of each process."""

    @abstractmethod
    def record(self, samples: Sequence[Sample]) -> None:
        """Store samples; one that is stored already (same subject, name, time) is left alone."""

    @abstractmethod
    def latest(self, since: datetime) -> list[Sample]:
        """Return the newest sample of every series with one since then, by subject and name."""

    @abstractmethod
    def history(
        self, subject: str, name: str, start: datetime, end: datetime, points: int
    ) -> list[HistoryPoint]:
        """Return a series in at most `points` equal intervals of the span; empty ones are left out.

        Intervals of ten minutes or more come from the long history; so do shorter ones where the
        samples are gone.
        """

    @abstractmethod
    def condense(self, start: datetime, end: datetime) -> None:
        """Fold the samples of every ten minutes that start in the span into the long history.

        Idempotent; intervals whose samples were pruned since are left unchanged.
        """

    @abstractmethod
    def prune(self, samples_before: datetime, history_before: datetime, limit: int) -> int:
        """Remove older rows, at most `limit` of each kind; return the number removed.

        Series without rows are removed, and processes without a report since then, too.
        """

    @abstractmethod
    def report(self, report: ProcessReport) -> None:
        """Store a process's report in place of its previous one."""

    @abstractmethod
    def save_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        """Store a supervisor's snapshots of its processes in place of the previous ones."""

    @abstractmethod
    def processes(self) -> list[ProcessRecord]:
        """Return the records of all processes, by name."""
