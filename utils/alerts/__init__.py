"""Rules, alerts and their delivery. Knows nothing of trading."""

from utils.alerts.alert import Alert, AlertKey, Mute, Severity
from utils.alerts.delivery import Delivery, DeliveryState, Occasion
from utils.alerts.ports import AlertRepository, AlertStep
from utils.alerts.rule import AbsenceRule, RateRule, Rule, RuleBook, ThresholdRule

__all__ = [
    "AbsenceRule",
    "Alert",
    "AlertKey",
    "AlertRepository",
    "AlertStep",
    "Delivery",
    "DeliveryState",
    "Mute",
    "Occasion",
    "RateRule",
    "Rule",
    "RuleBook",
    "Severity",
    "ThresholdRule",
]
