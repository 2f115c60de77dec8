"""Values to plot."""

from typing import Any

A_CURVE: dict[str, list[float]] = {
    "time": [0.0, 60.0, 120.0],
    "equity": [1000.0, 1100.0, 990.0],
    "drawdown": [0.0, 0.0, -0.1],
}
GROUPS: list[dict[str, Any]] = [
    {"name": "EmaCrossover", "profit": 12.5, "round_trips": 3, "won": 2},
    {"name": "Rsi", "profit": -1.25, "round_trips": 1, "won": 0},
]


def a_round_trip(number: int, profit: float, held_s: float = 90.0) -> dict[str, Any]:
    """Return a round trip of a bot as a row."""
    return {
        "number": number,
        "bot": f"bot-{number}",
        "instrument": "okx:BTC-USDT",
        "side": "long",
        "entry_time": 1_700_000_000.0,
        "exit_time": 1_700_000_000.0 + held_s,
        "profit": profit,
        "return": profit / 1000,
        "adverse": 2.5,
        "favourable": 7.5,
        "reason": "stop loss",
    }


ROUND_TRIPS = [a_round_trip(1, 5.0), a_round_trip(2, -3.0, held_s=0.0)]
YEARS: list[dict[str, Any]] = [
    {"year": 2026, "months": [0.4, -0.02, *[None] * 10], "total": 0.372},
    {"year": 2025, "months": [*[None] * 11, 0.05], "total": 0.05},
]
