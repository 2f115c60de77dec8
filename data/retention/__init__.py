"""Retention: how long data are kept, and the one job that deletes the rest."""

from data.retention.plan import PlannedDrop, StorageState, plan_drops
from data.retention.values import (
    CandleRules,
    DayDeletion,
    DropReason,
    StoredSeries,
    StoredTape,
    TapeDay,
    TapeRules,
)

__all__ = [
    "CandleRules",
    "DayDeletion",
    "DropReason",
    "PlannedDrop",
    "StorageState",
    "StoredSeries",
    "StoredTape",
    "TapeDay",
    "TapeRules",
    "plan_drops",
]
