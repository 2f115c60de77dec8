"""How often each bot has won: a closed round trip stays closed, so only what came since is read."""

from collections.abc import Iterable

from bot_manager.fleet import FleetRepository, RoundTripCount

_NONE = RoundTripCount()


class RoundTripIndex:
    """Remembers the closed round trips of bots. Blocking where it learns."""

    def __init__(self, fleet: FleetRepository) -> None:
        self._fleet = fleet
        self._counts: dict[str, RoundTripCount] = {}

    def refresh(self, names: Iterable[str]) -> None:
        """Read what these bots closed since they were read last. Raises what the port raises."""
        counts = {name: self.of(name) for name in names}
        behind = {name: count.last_exit for name, count in counts.items()}
        for name, later in self._fleet.closed_round_trips(behind).items():
            self._counts[name] = counts[name].combined_with(later)

    def of(self, name: str) -> RoundTripCount:
        """Return what is known of a bot."""
        return self._counts.get(name, _NONE)
