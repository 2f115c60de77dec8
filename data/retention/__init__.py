"""Retention: how long data are kept, and the one job that deletes the rest."""

from data.retention.plan import PlannedDrop, StorageState, plan_drops
from data.retention.values import (
    CandleRules,
    Dropped,
    DropReason,
    StoredSeries,
    StoredTape,
    TapeDay,
    TapeRules,
)

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
