"""Alert rules, alerts and their delivery. Independent of trading."""

from utils.alerts.alert import Alert, AlertKey, Mute, Severity
from utils.alerts.delivery import Delivery, DeliveryState, NotificationKind
from utils.alerts.ports import AlertRepository, AlertStep
from utils.alerts.rules.rule import AbsenceRule, AlertRule, AlertRules, RateRule, ThresholdRule

__all__ = [
    "AbsenceRule",
    "Alert",
    "AlertKey",
    "AlertRepository",
    "AlertRule",
    "AlertRules",
    "AlertStep",
    "Delivery",
    "DeliveryState",
    "Mute",
    "NotificationKind",
    "RateRule",
    "Severity",
    "ThresholdRule",
]
