"""The input of the rules: the newest sample of every series, and the recent growth of counters.

Samples bear the time of their arrival, on a clock that wall-clock changes do not affect.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from utils.clock import Clock
from utils.liveness import Liveness
from utils.telemetry import Sample

FRESH_FOR = timedelta(seconds=60)
"""An older sample does not count as current."""

Counts = deque[tuple[datetime, float]]


class ArrivalClock:
    """A steady clock: starts at the wall time and advances by the monotonic clock alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock.now()
        self._began_s = clock.monotonic_s()
        self._liveness = Liveness(clock)

    def now(self) -> datetime:
        """Return the steady time, aware UTC."""
        return self._began_at + timedelta(seconds=self._clock.monotonic_s() - self._began_s)

    def restamp(self, samples: Iterable[Sample]) -> list[Sample]:
        """Return samples with their steady arrival times; unchanged samples keep theirs."""
        now, restamp = self.now(), []
        for sample in samples:
            series = f"{sample.subject} {sample.name}"
            self._liveness.observe_time(series, sample.time)
            arrived = now - timedelta(seconds=self._liveness.silent_s(series))
            restamp.append(msgspec.structs.replace(sample, time=arrived))
        return restamp

    def evict(self, unobserved: timedelta) -> None:
        """Evict the series that were not read for that long."""
        self._liveness.evict(unobserved)


class Readings:
    """Fed by one thread. `windows` holds the metrics whose past is needed, and for how long.

    `began_at` is the start of listening. While the store is unavailable no samples arrive:
    `mark_unreadable` and `mark_readable` record it, and silence is counted from its return.
    """

    def __init__(self, began_at: datetime, windows: Mapping[str, timedelta]) -> None:
        self.began_at = began_at
        self.readable_since: datetime | None = began_at
        self._windows = dict(windows)
        self._newest: dict[str, dict[str, Sample]] = {}
        self._past: dict[tuple[str, str], Counts] = {}

    def take(self, samples: Iterable[Sample]) -> None:
        """Add samples; a sample not newer than the current one of its series is ignored."""
        for sample in samples:
            known = self._newest.setdefault(sample.name, {}).get(sample.subject)
            if known is None or sample.time > known.time:
                self._newest[sample.name][sample.subject] = sample
                self._append_past(sample)

    def mark_unreadable(self) -> None:
        """Record that the store is unavailable."""
        self.readable_since = None

    def mark_readable(self, now: datetime) -> None:
        """Record that the store was read."""
        self.readable_since = self.readable_since or now

    def of(self, metric: str) -> Mapping[str, Sample]:
        """Return the newest sample of a metric by subject."""
        return self._newest.get(metric, {})

    def fresh(self, metric: str, now: datetime) -> dict[str, Sample]:
        """Return the newest samples of a metric that are at most `FRESH_FOR` old."""
        return {
            subject: sample
            for subject, sample in self.of(metric).items()
            if now - sample.time <= FRESH_FOR
        }

    def growth(self, sample: Sample, within: timedelta) -> float:
        """Return by how much a counter grew until its newest sample."""
        past = self._past.get((sample.subject, sample.name), ())
        values = [value for time, value in past if time > sample.time - within]
        # A counter that fell was restarted.
        return sum(
            later - before if later >= before else later for before, later in pairwise(values)
        )

    def evict(self, before: datetime) -> None:
        """Evict the series without a sample since then."""
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
