"""Retention: how long data are kept, and the one job that deletes the rest."""

from data.retention.plan import PlannedDrop, StorageState, plan_drops
from data.retention.rules import CandleRules, TapeRules
from data.retention.values import Dropped, DropReason, StoredSeries, StoredTape, TapeDay

__all__ = [
    "CandleRules",
    "DropReason",
    "Dropped",
    "PlannedDrop",
    "StorageState",
    "StoredSeries",
    "StoredTape",
    "TapeDay",
    "TapeRules",
    "plan_drops",
]
