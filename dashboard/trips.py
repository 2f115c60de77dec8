"""Round trips as rows of a table. Pure."""

from typing import Any

from bot_manager.trading import RoundTrip
from data import Side


def trip_payload(number: int, trip: RoundTrip) -> dict[str, Any]:
    """Return a round trip as a row."""
    return {
        "number": number,
        "side": "long" if trip.side is Side.BUY else "short",
        "entry_time": trip.entry_time.timestamp(),
        "exit_time": trip.exit_time.timestamp(),
        "entry_price": float(trip.entry_price),
        "exit_price": float(trip.exit_price),
        "size": float(trip.size),
        "fees": float(trip.fees),
        "profit": float(trip.profit),
        "adverse": float(trip.adverse),
        "favourable": float(trip.favourable),
        "return": float(trip.profit / trip.entry_value) if trip.entry_value else None,
        "reason": trip.exit_reason.name.replace("_", " ").lower(),
    }
