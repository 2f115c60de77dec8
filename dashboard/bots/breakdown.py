"""The profit of closed round trips by strategy, instrument and hour. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

from bot_manager.domain.config import BotConfig
from bot_manager.trading import RoundTrip

HOURS = [f"{hour:02}" for hour in range(24)]


def breakdown(
    round_trips: Sequence[tuple[str, RoundTrip]], configs: Mapping[str, BotConfig]
) -> dict[str, list[dict[str, Any]]]:
    """Return profit after fees by strategy, by instrument and by the UTC hour of the exit.

    Strategies and instruments come best first, as each bot's newest configuration names them; all
    hours come in order.
    """
    return {
        "strategy": _ranked(_summed(round_trips, lambda bot, _: configs[bot].strategy)),
        "instrument": _ranked(_summed(round_trips, lambda bot, _: configs[bot].instrument)),
        "hour": _summed(
            round_trips, lambda _, round_trip: f"{round_trip.exit_time.astimezone(UTC):%H}", HOURS
        ),
    }


def _summed(
    round_trips: Sequence[tuple[str, RoundTrip]],
    name_of: Callable[[str, RoundTrip], str],
    names: Sequence[str] = (),
) -> list[dict[str, Any]]:
    found: dict[str, list[RoundTrip]] = {name: [] for name in names}
    for bot, round_trip in round_trips:
        found.setdefault(name_of(bot, round_trip), []).append(round_trip)
    return [
        {
            "name": name,
            "profit": float(sum(round_trip.profit for round_trip in group)),
            "round_trips": len(group),
            "won": sum(round_trip.profit > 0 for round_trip in group),
        }
        for name, group in found.items()
    ]


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["profit"], row["name"]))
