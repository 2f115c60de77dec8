"""The loop of the health service: take figures, look, tell, keep."""

from threading import Event, Thread

from utils.alerts.courier import Courier
from utils.alerts.upkeep import Upkeep
from utils.alerts.watchman import Watchman
from utils.clock import Clock
from utils.isolation import Isolation
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.source import Sampler


class HealthService:
    """One per platform. Messages are carried by a thread of their own."""

    def __init__(
        self,
        sampler: Sampler,
        watchman: Watchman,
        courier: Courier,
        upkeep: Upkeep,
        clock: Clock,
        heartbeat: Heartbeat,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._sampler = sampler
        self._watchman = watchman
        self._courier = courier
        self._upkeep = upkeep
        self._clock = clock
        self._heartbeat = heartbeat

    def run(self, stop: Event, every_s: float) -> None:
        """Look every `every_s` until told to stop, and once more then: what ended us is told."""
        carrying = Thread(target=self._courier.run, args=(stop,), name="courier", daemon=True)
        carrying.start()
        self.look()
        while not stop.wait(every_s):
            self.look()
        self.look()
        carrying.join(timeout=every_s)
        self._courier.carry()

    def look(self) -> None:
        """Look once."""
        self._heartbeat.beat()
        now = self._clock.now()
        with self._isolation.attempt("rules of alerts"):
            self._watchman.look(self._sampler.gather(now))
        with self._isolation.attempt("retention of telemetry"):
            self._upkeep.keep(now)
