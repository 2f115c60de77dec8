"""Look at the figures, put the rules to them, and see to it that somebody is told.

Everything goes on while the store is away: what changed is kept in memory, told from there, and
stored when it is back.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from utils.alerts.alert import Alert, AlertKey, Mute
from utils.alerts.arrivals import Arrivals
from utils.alerts.folding import Policy, Watch, fold
from utils.alerts.judging import judge, windows_of
from utils.alerts.outbox import Outbox
from utils.alerts.ports import AlertRepository, AlertStep
from utils.alerts.readings import Readings
from utils.alerts.rule import Rule
from utils.alerts.telling import Audience, messages_of
from utils.clock import Clock
from utils.errors import ExternalServiceError
from utils.telemetry import Sample, TelemetryRepository

log = logging.getLogger("truetape.health")

_HEARD_WITHIN = timedelta(hours=1)
_MOST_UNSAVED = 1_000


class Watchman:
    """One per platform, used by one thread. `look` again and again."""

    def __init__(
        self,
        rules: Collection[Rule],
        telemetry: TelemetryRepository,
        alerts: AlertRepository,
        outbox: Outbox,
        audiences: Collection[Audience],
        policy: Policy,
        clock: Clock,
    ) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._telemetry = telemetry
        self._alerts = alerts
        self._outbox = outbox
        self._audiences = audiences
        self._policy = policy
        self._clock = clock
        self._arrivals = Arrivals(clock)
        self._readings = Readings(self._arrivals.now(), windows_of(rules))
        self._watch = Watch()
        self._open: dict[AlertKey, Alert] = {}
        self._mutes: list[Mute] = []
        self._unsaved: list[AlertStep] = []

    @property
    def open(self) -> list[Alert]:
        """Return the alerts that are open now, as far as is known here."""
        return list(self._open.values())

    def look(self, samples: Iterable[Sample]) -> AlertStep:
        """Take what was measured here, and what others stored; return what changed."""
        now, steady = self._clock.now(), self._arrivals.now()
        own = list(samples)
        self._store_samples(own)
        self._read(now)
        self._readings.take(self._arrivals.dated(own))
        self._readings.forget(steady - _HEARD_WITHIN)
        self._arrivals.forget(_HEARD_WITHIN)
        judgements = judge(self._rules.values(), self._readings, steady)
        self._watch, step = fold(
            self._watch, self._open, self._rules, judgements, self._policy, steady, now
        )
        self._believe(step)
        self._outbox.put(
            messages_of(step, self._audiences, self._mutes, self._outbox.waiting(), now)
        )
        if step:
            self._unsaved = [*self._unsaved, step][-_MOST_UNSAVED:]
        self._save(now)
        return step

    def _store_samples(self, samples: list[Sample]) -> None:
        try:
            self._telemetry.record(samples)
        except ExternalServiceError as error:
            log.debug("samples not stored", extra={"problem": str(error)})

    def _read(self, now: datetime) -> None:
        """Read what others say, and who acknowledged what; first store what they should know."""
        try:
            self._flush()
            heard = self._telemetry.latest(now - _HEARD_WITHIN)
            opened, mutes = self._alerts.open(), self._alerts.mutes(now)
        except ExternalServiceError as error:
            self._readings.blind()
            log.debug("the store is away", extra={"problem": str(error)})
            return
        self._readings.sighted(self._arrivals.now())
        self._readings.take(self._arrivals.dated(heard))
        self._open = {alert.key: alert for alert in opened}
        self._mutes = mutes

    def _believe(self, step: AlertStep) -> None:
        self._open.update({alert.key: alert for alert in (*step.opened, *step.told)})
        for alert in step.resolved:
            self._open.pop(alert.key, None)

    def _save(self, now: datetime) -> None:
        try:
            self._flush()
            self._outbox.sync(now)
        except ExternalServiceError as error:
            log.warning("alerts not stored yet", extra={"problem": str(error)})

    def _flush(self) -> None:
        while self._unsaved:
            self._alerts.take(self._unsaved[0])
            del self._unsaved[0]
