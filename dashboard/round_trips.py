"""Round trips as rows of a table. Pure."""

from typing import Any

from bot_manager.trading import RoundTrip
from data import Side


def round_trip_payload(number: int, round_trip: RoundTrip) -> dict[str, Any]:
    """Return a round trip as a row."""
    return {
        "number": number,
        "side": "long" if round_trip.side is Side.BUY else "short",
        "entry_time": round_trip.entry_time.timestamp(),
        "exit_time": round_trip.exit_time.timestamp(),
        "entry_price": float(round_trip.entry_price),
        "exit_price": float(round_trip.exit_price),
        "size": float(round_trip.size),
        "fees": float(round_trip.fees),
        "profit": float(round_trip.profit),
        "adverse": float(round_trip.adverse),
        "favourable": float(round_trip.favourable),
        "return": float(round_trip.profit / round_trip.entry_value)
        if round_trip.entry_value
        else None,
        "reason": round_trip.exit_reason.name.replace("_", " ").lower(),
    }
