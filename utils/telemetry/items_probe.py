"""Health probe of failing items: each is isolated and retried by its process."""

from datetime import timedelta

from utils.clock import Clock
from utils.probes import HealthFinding, Probe
from utils.telemetry.ports import TelemetryRepository
from utils.telemetry.process import FAILING, ITEM

_FRESH_FOR = timedelta(minutes=2)


class FailingItemsProbe(Probe):
    """Unhealthy if a feed, group, file, instrument or pass of any process fails; names those."""

    def __init__(self, telemetry: TelemetryRepository, clock: Clock) -> None:
        super().__init__("items")
        self._telemetry = telemetry
        self._clock = clock

    def check(self) -> list[HealthFinding]:
        samples = self._telemetry.latest(self._clock.now() - _FRESH_FOR)
        failing = [
            sample.subject.removeprefix(f"{ITEM}:")
            for sample in samples
            if sample.name == FAILING and sample.value and sample.subject.startswith(f"{ITEM}:")
        ]
        if not failing:
            return [HealthFinding(part=self.part, healthy=True, detail="no item fails")]
        return [
            HealthFinding(
                part=f"item {name}",
                healthy=False,
                detail=f"failed; retried automatically; see the log of {name.partition(':')[0]}",
            )
            for name in failing
        ]
