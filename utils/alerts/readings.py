"""What the rules look at: the newest sample of every series, and how counters grew of late."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from utils.telemetry import Sample

FRESH_FOR = timedelta(seconds=60)
"""An older value says nothing about now."""

Counts = deque[tuple[datetime, float]]


class Readings:
    """Fed by one thread. `windows` says of which figures the past is needed, and how much of it.

    `began_at` is when somebody began to listen. While the store is away nothing can be heard:
    `mark_unreadable` says so, `mark_readable` that it is back, and silence counts anew from there.
    """

    def __init__(self, began_at: datetime, windows: Mapping[str, timedelta]) -> None:
        self.began_at = began_at
        self.readable_since: datetime | None = began_at
        self._windows = dict(windows)
        self._newest: dict[str, dict[str, Sample]] = {}
        self._past: dict[tuple[str, str], Counts] = {}

    def take(self, samples: Iterable[Sample]) -> None:
        """Take note of samples; older ones than are known, and known ones, change nothing."""
        for sample in samples:
            known = self._newest.setdefault(sample.name, {}).get(sample.subject)
            if known is None or sample.time > known.time:
                self._newest[sample.name][sample.subject] = sample
                self._append_past(sample)

    def mark_unreadable(self) -> None:
        """Take note that the store is away."""
        self.readable_since = None

    def mark_readable(self, now: datetime) -> None:
        """Take note that the store was read."""
        self.readable_since = self.readable_since or now

    def of(self, figure: str) -> Mapping[str, Sample]:
        """Return the newest sample of a figure by subject."""
        return self._newest.get(figure, {})

    def fresh(self, figure: str, now: datetime) -> dict[str, Sample]:
        """Return the newest samples of a figure that say something about now."""
        return {
            subject: sample
            for subject, sample in self.of(figure).items()
            if now - sample.time <= FRESH_FOR
        }

    def growth(self, sample: Sample, within: timedelta) -> float:
        """Return by how much a counter grew until its newest sample."""
        past = self._past.get((sample.subject, sample.name), ())
        values = [value for time, value in past if time > sample.time - within]
        # One that fell was started anew.
        return sum(
            later - before if later >= before else later for before, later in pairwise(values)
        )

    def evict(self, before: datetime) -> None:
        """Forget series not heard of since then."""
        for subjects in self._newest.values():
            for subject, sample in list(subjects.items()):
                if sample.time < before:
                    del subjects[subject]
                    self._past.pop((subject, sample.name), None)

    def _append_past(self, sample: Sample) -> None:
        window = self._windows.get(sample.name)
        if window is None:
            return
        past = self._past.setdefault((sample.subject, sample.name), deque())
        past.append((sample.time, sample.value))
        while past[0][0] < sample.time - window:
            past.popleft()
