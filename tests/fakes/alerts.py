"""Alerts, mutes and the outbox in memory."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tests.fakes.store import InMemoryStore
from utils.alerts import (
    Alert,
    AlertKey,
    AlertRepository,
    AlertStep,
    Delivery,
    DeliveryState,
    Mute,
)
from utils.alerts.errors import AlertMissing


class InMemoryAlertRepository(AlertRepository):
    """Alerts in a list, the rest in dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store

    def open(self) -> list[Alert]:
        self._store.require()
        found = [alert for alert in self._store.alerts if alert.resolved_at is None]
        return sorted(found, key=lambda alert: (alert.opened_at, alert.key))

    def history(self, start: datetime, end: datetime, limit: int) -> list[Alert]:
        self._store.require()
        found = [alert for alert in self._store.alerts if start <= alert.opened_at < end]
        by_key = sorted(found, key=lambda alert: alert.key)
        return sorted(by_key, key=lambda alert: alert.opened_at, reverse=True)[:limit]

    def take(self, step: AlertStep) -> None:
        self._store.require()
        known = {alert.key for alert in self.open()}
        stored = {(alert.key, alert.opened_at) for alert in self._store.alerts}
        self._store.alerts += [
            alert
            for alert in step.opened
            if alert.key not in known and (alert.key, alert.opened_at) not in stored
        ]
        for alert in (*step.repeated, *step.resolved):
            self._update(alert)
        for delivery in step.deliveries:
            self._store.outbox.setdefault(delivery.identity, delivery)

    def acknowledge(self, key: AlertKey, by: str, at: datetime) -> Alert:
        self._store.require()
        for index, alert in enumerate(self._store.alerts):
            if alert.key == key and alert.resolved_at is None:
                seen = msgspec.structs.replace(alert, acknowledged_at=at, acknowledged_by=by)
                self._store.alerts[index] = seen
                return seen
        raise AlertMissing(key.rule, key.subject)

    def mute(self, mute: Mute) -> None:
        self._store.require()
        self._store.mutes[mute.rule, mute.subject] = mute

    def unmute(self, rule: str, subject: str) -> None:
        self._store.require()
        self._store.mutes.pop((rule, subject), None)

    def mutes(self, now: datetime) -> list[Mute]:
        self._store.require()
        return [mute for _, mute in sorted(self._store.mutes.items()) if mute.until > now]

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        self._store.require()
        waiting = [
            each
            for each in self._store.outbox.values()
            if each.state is DeliveryState.WAITING and each.due_at <= now
        ]
        return sorted(waiting, key=lambda each: (each.due_at, *each.identity))[:limit]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        self._store.require()
        self._store.outbox.update({delivery.identity: delivery for delivery in deliveries})

    def deliveries(self, limit: int) -> list[Delivery]:
        self._store.require()
        by_name = sorted(self._store.outbox.values(), key=lambda each: each.identity[1:])
        return sorted(by_name, key=lambda each: each.made_at, reverse=True)[:limit]

    def newest_by_channel(self) -> list[Delivery]:
        self._store.require()
        newest = {each.channel: each for each in sorted(self._outbox(), key=_by_time)}
        return [newest[channel] for channel in sorted(newest)]

    def newest_of(self, alerts: Sequence[Alert]) -> list[Delivery]:
        self._store.require()
        named = {(alert.key, alert.opened_at) for alert in alerts}
        newest = {
            (each.rule, each.subject, each.opened_at, each.channel): each
            for each in sorted(self._outbox(), key=_by_time)
            if (AlertKey(each.rule, each.subject), each.opened_at) in named
        }
        by_name = sorted(newest.values(), key=lambda each: each.identity[1:])
        return sorted(by_name, key=lambda each: each.made_at, reverse=True)

    def _outbox(self) -> list[Delivery]:
        return list(self._store.outbox.values())

    def prune(self, before: datetime, limit: int) -> int:
        self._store.require()
        old = [a for a in self._store.alerts if a.resolved_at and a.resolved_at < before][:limit]
        self._store.alerts = [alert for alert in self._store.alerts if alert not in old]
        settled = [
            identity
            for identity, each in self._store.outbox.items()
            if each.made_at < before and each.state is not DeliveryState.WAITING
        ][:limit]
        for identity in settled:
            del self._store.outbox[identity]
        over = [key for key, mute in self._store.mutes.items() if mute.until < before]
        for key in over:
            del self._store.mutes[key]
        return len(old) + len(settled)

    def _update(self, alert: Alert) -> None:
        for index, stored in enumerate(self._store.alerts):
            same = stored.opened_at == alert.opened_at or stored.resolved_at is None
            if stored.key == alert.key and same:
                self._store.alerts[index] = msgspec.structs.replace(
                    stored,
                    notified_at=alert.notified_at,
                    notification_count=alert.notification_count,
                    evidence=alert.evidence,
                    resolved_at=alert.resolved_at,
                    resolution=alert.resolution,
                )


def _by_time(delivery: Delivery) -> tuple[object, ...]:
    return delivery.identity
