"""Alerts, mutes and the outbox in PostgreSQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CursorResult, delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from database.engine import Database
from database.models import AlertDeliveryRow, AlertMuteRow, AlertRow
from utils.alerts import (
    Alert,
    AlertKey,
    AlertRepository,
    AlertStep,
    Delivery,
    DeliveryState,
    Mute,
    NotificationKind,
    Severity,
)
from utils.alerts.errors import AlertMissing

_IDENTITY = ("made_at", "rule", "subject", "opened_at", "kind", "channel")
_OUTCOME = ("due_at", "state", "attempts", "problem", "settled_at")


class SqlAlertRepository(AlertRepository):
    """The tables `alert`, `alert_mute` and `alert_delivery`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> list[Alert]:
        statement = select(AlertRow).where(AlertRow.resolved_at.is_(None))
        with self._database.session("reading the open alerts") as session:
            rows = session.scalars(statement.order_by(*_by_time(AlertRow))).all()
            return [_alert(row) for row in rows]

    def history(self, start: datetime, end: datetime, limit: int) -> list[Alert]:
        statement = (
            select(AlertRow)
            .where(AlertRow.opened_at >= start, AlertRow.opened_at < end)
            .order_by(AlertRow.opened_at.desc(), AlertRow.rule, AlertRow.subject)
            .limit(limit)
        )
        with self._database.session("reading the history of alerts") as session:
            return [_alert(row) for row in session.scalars(statement)]

    def take(self, step: AlertStep) -> None:
        with self._database.session("storing alerts") as session:
            for alert in step.opened:
                session.execute(insert(AlertRow).values(_values(alert)).on_conflict_do_nothing())
            for alert in (*step.repeated, *step.resolved):
                session.execute(_update(alert))
            _enqueue(session, step.deliveries)

    def acknowledge(self, key: AlertKey, by: str, at: datetime) -> Alert:
        statement = (
            update(AlertRow)
            .where(
                AlertRow.rule == key.rule,
                AlertRow.subject == key.subject,
                AlertRow.resolved_at.is_(None),
            )
            .values(acknowledged_at=at, acknowledged_by=by)
            .returning(AlertRow)
        )
        with self._database.session(f"acknowledging {key.rule} of {key.subject}") as session:
            row = session.scalars(statement).one_or_none()
            if row is None:
                raise AlertMissing(key.rule, key.subject)
            return _alert(row)

    def mute(self, mute: Mute) -> None:
        statement = insert(AlertMuteRow).values(msgspec.structs.asdict(mute))
        statement = statement.on_conflict_do_update(
            index_elements=["rule", "subject"],
            set_={name: statement.excluded[name] for name in ("made_at", "until", "by", "reason")},
        )
        with self._database.session(f"muting {mute.rule} of {mute.subject}") as session:
            session.execute(statement)

    def unmute(self, rule: str, subject: str) -> None:
        statement = delete(AlertMuteRow).where(
            AlertMuteRow.rule == rule, AlertMuteRow.subject == subject
        )
        with self._database.session(f"ending the mute of {rule} of {subject}") as session:
            session.execute(statement)

    def mutes(self, now: datetime) -> list[Mute]:
        with self._database.session("reading the mutes") as session:
            rows = session.scalars(select(AlertMuteRow).where(AlertMuteRow.until > now)).all()
            mutes = [Mute(**_fields(row, Mute)) for row in rows]
        return sorted(mutes, key=lambda mute: (mute.rule, mute.subject))

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        statement = (
            select(AlertDeliveryRow)
            .where(AlertDeliveryRow.state == DeliveryState.WAITING, AlertDeliveryRow.due_at <= now)
            .order_by(AlertDeliveryRow.due_at, *_by_identity())
            .limit(limit)
        )
        with self._database.session("reading the outbox") as session:
            return [_delivery(row) for row in session.scalars(statement)]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        with self._database.session("storing the results of deliveries") as session:
            for delivery in sorted(deliveries, key=lambda each: each.identity):
                statement = insert(AlertDeliveryRow).values(_values(delivery))
                updates = {name: statement.excluded[name] for name in _OUTCOME}
                session.execute(
                    statement.on_conflict_do_update(index_elements=list(_IDENTITY), set_=updates)
                )

    def deliveries(self, limit: int) -> list[Delivery]:
        statement = (
            select(AlertDeliveryRow)
            .order_by(AlertDeliveryRow.made_at.desc(), *_by_identity()[1:])
            .limit(limit)
        )
        with self._database.session("reading the outbox") as session:
            return [_delivery(row) for row in session.scalars(statement)]

    def newest_by_channel(self) -> list[Delivery]:
        row = AlertDeliveryRow
        statement = (
            select(row)
            .ext(distinct_on(row.channel))
            .order_by(row.channel, *(each.desc() for each in _by_identity()))
        )
        with self._database.session("reading the outbox") as session:
            return [_delivery(row) for row in session.scalars(statement)]

    def newest_of(self, alerts: Sequence[Alert]) -> list[Delivery]:
        row = AlertDeliveryRow
        named = tuple_(row.opened_at, row.rule, row.subject).in_(
            [(alert.opened_at, alert.rule, alert.subject) for alert in alerts]
        )
        of_one = (row.rule, row.subject, row.opened_at, row.channel)
        statement = (
            select(row)
            .where(named)
            .ext(distinct_on(*of_one))
            .order_by(*of_one, row.made_at.desc(), row.kind.desc())
        )
        with self._database.session("reading the outbox") as session:
            found = [_delivery(row) for row in session.scalars(statement)]
        by_name = sorted(found, key=lambda each: each.identity[1:])
        return sorted(by_name, key=lambda each: each.made_at, reverse=True)

    def prune(self, before: datetime, limit: int) -> int:
        with self._database.session("removing old alerts") as session:
            resolved = select(*_by_time(AlertRow)).where(AlertRow.resolved_at < before)
            gone = _remove(session, AlertRow, _by_time(AlertRow), resolved.limit(limit))
            settled = select(*_by_identity()).where(
                AlertDeliveryRow.made_at < before, AlertDeliveryRow.state != DeliveryState.WAITING
            )
            gone += _remove(session, AlertDeliveryRow, _by_identity(), settled.limit(limit))
            session.execute(delete(AlertMuteRow).where(AlertMuteRow.until < before))
        return gone


def _update(alert: Alert) -> Any:
    """Return the update of an alert's own columns; its acknowledgement is not among them."""
    return (
        update(AlertRow)
        .where(
            AlertRow.rule == alert.rule,
            AlertRow.subject == alert.subject,
            or_(AlertRow.opened_at == alert.opened_at, AlertRow.resolved_at.is_(None)),
        )
        .values(
            notified_at=alert.notified_at,
            notification_count=alert.notification_count,
            evidence=alert.evidence,
            resolved_at=alert.resolved_at,
            resolution=alert.resolution,
        )
    )


def _enqueue(session: Session, deliveries: Iterable[Delivery]) -> None:
    values = [_values(delivery) for delivery in sorted(deliveries, key=lambda each: each.identity)]
    if values:
        session.execute(insert(AlertDeliveryRow).values(values).on_conflict_do_nothing())


def _remove(session: Session, row: type[Any], key: tuple[Any, ...], chosen: Any) -> int:
    result = session.execute(delete(row).where(tuple_(*key).in_(chosen)))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _by_time(row: type[AlertRow]) -> tuple[Any, ...]:
    return row.opened_at, row.rule, row.subject


def _by_identity() -> tuple[Any, ...]:
    return tuple(getattr(AlertDeliveryRow, name) for name in _IDENTITY)


def _values(value: msgspec.Struct) -> dict[str, object]:
    return msgspec.structs.asdict(value)


def _fields(row: object, kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in kind.__struct_fields__}


def _alert(row: AlertRow) -> Alert:
    return Alert(**_fields(row, Alert) | {"severity": Severity(row.severity)})


def _delivery(row: AlertDeliveryRow) -> Delivery:
    enums = {
        "severity": Severity(row.severity),
        "kind": NotificationKind(row.kind),
        "state": DeliveryState(row.state),
    }
    return Delivery(**_fields(row, Delivery) | enums)
