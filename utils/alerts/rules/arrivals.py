"""Samples restamped with their arrival time, on a clock that wall-clock changes do not affect."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from utils.clock import Clock
from utils.liveness import Liveness
from utils.telemetry import Sample


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
