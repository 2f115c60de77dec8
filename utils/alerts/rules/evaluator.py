"""Poll the metrics, evaluate the rules, and queue the notifications.

Evaluation continues while the store is unavailable: changes are kept in memory, notifications are
sent from there, and both are stored when it is back.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from utils.alerts.alert import Alert, AlertKey, Mute
from utils.alerts.notify.notifications import ChannelPolicy, build_deliveries
from utils.alerts.notify.outbox import AlertOutbox
from utils.alerts.ports import AlertRepository, AlertStep
from utils.alerts.rules.evaluation import evaluate_rules, windows_of
from utils.alerts.rules.readings import ArrivalClock, Readings
from utils.alerts.rules.rule import AlertRule
from utils.alerts.rules.transitions import AlertTimers, NotificationPolicy, fold
from utils.clock import Clock
from utils.errors import ExternalServiceError
from utils.telemetry import Sample, TelemetryRepository

log = logging.getLogger("truetape.health")

_MAX_SAMPLE_AGE = timedelta(hours=1)
_MAX_UNSAVED = 1_000


class AlertEvaluator:
    """Evaluates the rules at every `poll`. One per platform, used by one thread."""

    def __init__(
        self,
        rules: Collection[AlertRule],
        telemetry: TelemetryRepository,
        alerts: AlertRepository,
        outbox: AlertOutbox,
        channel_policies: Collection[ChannelPolicy],
        policy: NotificationPolicy,
        clock: Clock,
    ) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._telemetry = telemetry
        self._alerts = alerts
        self._outbox = outbox
        self._channel_policies = channel_policies
        self._policy = policy
        self._clock = clock
        self._arrival_clock = ArrivalClock(clock)
        self._readings = Readings(self._arrival_clock.now(), windows_of(rules))
        self._timers = AlertTimers()
        self._open: dict[AlertKey, Alert] = {}
        self._mutes: list[Mute] = []
        self._unsaved: list[AlertStep] = []

    @property
    def open(self) -> list[Alert]:
        """Return the open alerts, as last read from the store or changed here."""
        return list(self._open.values())

    def poll(self, samples: Iterable[Sample]) -> AlertStep:
        """Process these samples and those that others stored; return what changed."""
        now, steady = self._clock.now(), self._arrival_clock.now()
        own = list(samples)
        self._store_samples(own)
        self._read(now)
        self._readings.take(self._arrival_clock.restamp(own))
        self._readings.evict(steady - _MAX_SAMPLE_AGE)
        self._arrival_clock.evict(_MAX_SAMPLE_AGE)
        evaluations = evaluate_rules(self._rules.values(), self._readings, steady)
        self._timers, step = fold(
            self._timers, self._open, self._rules, evaluations, self._policy, steady, now
        )
        self._apply(step)
        self._outbox.put(
            build_deliveries(step, self._channel_policies, self._mutes, self._outbox.waiting(), now)
        )
        if step:
            self._unsaved = [*self._unsaved, step][-_MAX_UNSAVED:]
        self._save(now)
        return step

    def _store_samples(self, samples: list[Sample]) -> None:
        try:
            self._telemetry.record(samples)
        except ExternalServiceError as error:
            log.debug("samples not stored", extra={"problem": str(error)})

    def _read(self, now: datetime) -> None:
        """Save pending steps, then read the stored samples, open alerts and mutes."""
        try:
            self._flush()
            latest_samples = self._telemetry.latest(now - _MAX_SAMPLE_AGE)
            opened, mutes = self._alerts.open(), self._alerts.mutes(now)
        except ExternalServiceError as error:
            self._readings.mark_unreadable()
            log.debug("alerts not read", extra={"problem": str(error)})
            return
        self._readings.mark_readable(self._arrival_clock.now())
        self._readings.take(self._arrival_clock.restamp(latest_samples))
        self._open = {alert.key: alert for alert in opened}
        self._mutes = mutes

    def _apply(self, step: AlertStep) -> None:
        self._open.update({alert.key: alert for alert in (*step.opened, *step.repeated)})
        for alert in step.resolved:
            self._open.pop(alert.key, None)

    def _save(self, now: datetime) -> None:
        try:
            self._flush()
            self._outbox.sync(now)
        except ExternalServiceError as error:
            log.warning("alerts not stored; retrying", extra={"problem": str(error)})

    def _flush(self) -> None:
        while self._unsaved:
            self._alerts.take(self._unsaved[0])
            del self._unsaved[0]
