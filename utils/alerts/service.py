"""The loop of the health service: sample, evaluate, notify, prune."""

from threading import Event, Thread

from utils.alerts.notify.sender import NotificationSender
from utils.alerts.retention import TelemetryPruner
from utils.alerts.rules.evaluator import AlertEvaluator
from utils.clock import Clock
from utils.isolation import Isolation
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.source import Sampler


class HealthService:
    """One per platform. Messages are sent by a thread of their own."""

    def __init__(
        self,
        sampler: Sampler,
        evaluator: AlertEvaluator,
        sender: NotificationSender,
        maintenance: TelemetryPruner,
        clock: Clock,
        heartbeat: Heartbeat,
        isolation: Isolation,
    ) -> None:
        self._isolation = isolation
        self._sampler = sampler
        self._evaluator = evaluator
        self._sender = sender
        self._maintenance = maintenance
        self._clock = clock
        self._heartbeat = heartbeat

    def run(self, stop: Event, every_s: float) -> None:
        """Poll every `every_s` until stopped, then once more to evaluate the final state."""
        sending = Thread(target=self._sender.run, args=(stop,), name="courier", daemon=True)
        sending.start()
        self.poll()
        while not stop.wait(every_s):
            self.poll()
        self.poll()
        sending.join(timeout=every_s)
        self._sender.send_due()

    def poll(self) -> None:
        """Poll once."""
        self._heartbeat.beat()
        now = self._clock.now()
        with self._isolation.attempt("rules of alerts"):
            self._evaluator.poll(self._sampler.gather(now))
        with self._isolation.attempt("retention of telemetry"):
            self._maintenance.run_if_due(now)
