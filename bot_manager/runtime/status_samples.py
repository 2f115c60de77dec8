"""Metrics of the state of bots."""

from datetime import datetime

from bot_manager.domain.lifecycle import ACTIVE, BotState
from bot_manager.domain.ports import BotRepository
from bot_manager.domain.status import BotStatus
from utils.telemetry import Sample, samples_of

_GONE = (BotState.CREATED, BotState.STOPPED, BotState.ARCHIVED)


class BotStats:
    """Metrics with one subject for all bots, and one for each active or failed bot."""

    def __init__(self, bots: BotRepository) -> None:
        self._bots = bots

    def read(self, now: datetime) -> list[Sample]:
        """Return the samples. Raises repository errors."""
        bots = self._bots.all()
        metrics: dict[str, float | None] = {
            "bots": len(bots),
            "unanswered_s": self._unanswered_s(now),
        }
        samples = [*samples_of("bots", now, metrics)]
        for bot in bots:
            if bot.state not in _GONE:
                samples += samples_of(f"bot:{bot.name}", now, _metrics_of(bot))
        return samples

    def _unanswered_s(self, now: datetime) -> float:
        """Return the age of the oldest pending command."""
        waiting_since = [command.request.made_at for command in self._bots.pending_commands()]
        return max(0.0, (now - min(waiting_since, default=now)).total_seconds())


def _metrics_of(bot: BotStatus) -> dict[str, float | None]:
    return {
        "active": float(bot.state in ACTIVE),
        "degraded": float(bot.state is BotState.DEGRADED),
        "failed": float(bot.state is BotState.FAILED),
    }
