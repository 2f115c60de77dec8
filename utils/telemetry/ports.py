"""What telemetry needs of a store. Implemented above, in `database`, and by test fakes.

Every method may raise ServiceUnavailable (try again later) and ServiceFault (our fault).
Spans are [start, end), aware UTC.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime

from utils.telemetry.process import ProcessRecord, ProcessReport, ProcessSnapshot
from utils.telemetry.sample import HistoryPoint, Sample


class TelemetryRepository(ABC):
    """Samples for a while, points of ten minutes for long, and the last word on each process."""

    @abstractmethod
    def record(self, samples: Sequence[Sample]) -> None:
        """Store samples; one that is stored already (same subject, name, time) is left alone."""

    @abstractmethod
    def latest(self, since: datetime) -> list[Sample]:
        """Return the newest sample of every series heard of since then, by subject and name."""

    @abstractmethod
    def history(
        self, subject: str, name: str, start: datetime, end: datetime, points: int
    ) -> list[HistoryPoint]:
        """Return a series in at most `points` equal pieces of the span; empty pieces are left out.

        Pieces of ten minutes or more are made of the long history; so are shorter ones where the
        samples are gone.
        """

    @abstractmethod
    def condense(self, start: datetime, end: datetime) -> None:
        """Fold the samples of every ten minutes that begin in the span into the long history.

        Idempotent; pieces that lost samples since are left as they were.
        """

    @abstractmethod
    def prune(self, samples_before: datetime, history_before: datetime, limit: int) -> int:
        """Remove what is older, at most `limit` rows of each kind; return how many went.

        Series of which nothing is left are forgotten, processes not heard of since then, too.
        """

    @abstractmethod
    def report(self, report: ProcessReport) -> None:
        """Store what a process says of itself, in place of what it said before."""

    @abstractmethod
    def save_snapshots(self, snapshots: Sequence[ProcessSnapshot]) -> None:
        """Store what a supervisor says of its processes, in place of what it said before."""

    @abstractmethod
    def processes(self) -> list[ProcessRecord]:
        """Return all that is known of every process, by name."""
