"""Samples dated by when they arrived here, on a time that no change of the wall clock moves."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from utils.clock import Clock
from utils.liveness import Liveness
from utils.telemetry import Sample


class ArrivalClock:
    """Steady time begins as the wall time at the start and goes on by the monotonic clock alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_at = clock.now()
        self._began_s = clock.monotonic_s()
        self._liveness = Liveness(clock)

    def now(self) -> datetime:
        """Return the steady time, aware UTC."""
        return self._began_at + timedelta(seconds=self._clock.monotonic_s() - self._began_s)

    def restamp(self, samples: Iterable[Sample]) -> list[Sample]:
        """Return samples at the steady times of their arrival, unchanged ones as before."""
        now, restamp = self.now(), []
        for sample in samples:
            series = f"{sample.subject} {sample.name}"
            self._liveness.observe_time(series, sample.time)
            arrived = now - timedelta(seconds=self._liveness.silent_s(series))
            restamp.append(msgspec.structs.replace(sample, time=arrived))
        return restamp

    def evict(self, unobserved: timedelta) -> None:
        """Forget the series that were not read for so long."""
        self._liveness.evict(unobserved)
