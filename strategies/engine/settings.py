"""Limits and intervals of a strategy engine."""

from dataclasses import dataclass
from pathlib import Path

HISTORY_CANDLES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """Times in seconds. `history_candles`: how far before the newest candle a new group begins.

    CPU seconds of a worker, each with a wall limit of 15 times as many: `budget_s` for one decision
    of a user's strategy, `loading_s` for running its file, `verifying_s` for all checks of its
    verification.
    """

    user_strategies: Path | None = None
    allow_unverified: bool = False
    history_candles: int = HISTORY_CANDLES
    poll_s: float = 1.0
    budget_s: float = 2.0
    loading_s: float = 20.0
    verifying_s: float = 300.0
    workers: int = 3
