"""What is kept for how long, and the one job that deletes what is not."""

from data.retention.plan import Drop, Room, plan_drops
from data.retention.rules import CandleRules, TapeRules
from data.retention.values import Dropped, Reason, StoredSeries, StoredTape, TapeDay

__all__ = [
    "CandleRules",
    "Drop",
    "Dropped",
    "Reason",
    "Room",
    "StoredSeries",
    "StoredTape",
    "TapeDay",
    "TapeRules",
    "plan_drops",
]
