"""Counts of closed round trips per bot: these never reopen, so only newer ones are read."""

from collections.abc import Iterable

from bot_manager.reporting.fleet import FleetRepository, RoundTripCount

_NONE = RoundTripCount()


class RoundTripIndex:
    """Caches the counts of closed round trips of bots. `refresh` blocks."""

    def __init__(self, fleet: FleetRepository) -> None:
        self._fleet = fleet
        self._counts: dict[str, RoundTripCount] = {}

    def refresh(self, names: Iterable[str]) -> None:
        """Read what these bots closed since the last read. Raises what the port raises."""
        counts = {name: self.of(name) for name in names}
        behind = {name: count.last_exit for name, count in counts.items()}
        for name, later in self._fleet.closed_round_trips(behind).items():
            self._counts[name] = counts[name].combined_with(later)

    def of(self, name: str) -> RoundTripCount:
        """Return the cached counts of a bot."""
        return self._counts.get(name, _NONE)
