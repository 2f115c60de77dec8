"""How often each bot has won: a closed round trip stays closed, so only what came since is read."""

from collections.abc import Iterable

from bot_manager.fleet import FleetRepository, TripCount

_NONE = TripCount()


class TripBook:
    """Remembers the closed round trips of bots. Blocking where it learns."""

    def __init__(self, fleet: FleetRepository) -> None:
        self._fleet = fleet
        self._known: dict[str, TripCount] = {}

    def learn(self, names: Iterable[str]) -> None:
        """Read what these bots closed since they were read last. Raises what the port raises."""
        known = {name: self.of(name) for name in names}
        behind = {name: count.last_exit for name, count in known.items()}
        for name, later in self._fleet.closed_trips(behind).items():
            self._known[name] = known[name].and_then(later)

    def of(self, name: str) -> TripCount:
        """Return what is known of a bot."""
        return self._known.get(name, _NONE)
