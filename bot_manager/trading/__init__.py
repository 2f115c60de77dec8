"""The pure core that turns targets and prints into orders, fills and money.

This package exports values. Modules that fold import `bot_manager.trading.fold` (and `encoding`):
these load the compiler, which takes a second that other processes need not spend.
"""

from bot_manager.trading.account import opening_state, take_target_in_force
from bot_manager.trading.codes import AccountCommand, AccountStatus, Halt, OrderReason, OrderRefusal
from bot_manager.trading.columns import CandleColumns, TapeColumns, target_rows
from bot_manager.trading.fills import Fill, fills_of
from bot_manager.trading.parameters import (
    AccountParameters,
    Costs,
    EquityFraction,
    ExitLevels,
    Protections,
    QuoteAmount,
    RiskPerTrade,
    Sizing,
)
from bot_manager.trading.round_trips import RoundTrip, round_trip_rows, round_trips_of
from bot_manager.trading.tables import COMMANDS, MARKS, ORDERS, TARGETS
from bot_manager.trading.units import Scales, from_us, to_us

__all__ = [
    "COMMANDS",
    "MARKS",
    "ORDERS",
    "TARGETS",
    "AccountCommand",
    "AccountParameters",
    "AccountStatus",
    "CandleColumns",
    "Costs",
    "EquityFraction",
    "ExitLevels",
    "Fill",
    "Halt",
    "OrderReason",
    "OrderRefusal",
    "Protections",
    "QuoteAmount",
    "RiskPerTrade",
    "RoundTrip",
    "Scales",
    "Sizing",
    "TapeColumns",
    "fills_of",
    "from_us",
    "opening_state",
    "round_trip_rows",
    "round_trips_of",
    "take_target_in_force",
    "target_rows",
    "to_us",
]
