"""Buy and hold: the same capital and costs, all in at the first print, through the same kernel."""

from dataclasses import dataclass

import msgspec
import numpy as np

from backtesting.accounting import AccountLedger, open_account
from backtesting.history import History
from backtesting.measurement import curve_of
from backtesting.metrics import EquityCurve
from bot_manager.trading import (
    AccountParameters,
    EquityFraction,
    ExitLevels,
    Protections,
    target_rows,
)
from bot_manager.trading.codes import LONG


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """The books of a holder, and their equity at UTC day ends; None where it could not buy."""

    ledger: AccountLedger
    curve: EquityCurve | None


def buy_and_hold(account: AccountParameters, history: History) -> Benchmark:
    """Return what an account made that was told once, at the beginning, to be long.

    Where that order is refused there is nothing to compare with.
    """
    holder = msgspec.structs.replace(
        account, sizing=EquityFraction(), exits=ExitLevels(), protections=Protections()
    )
    scope = history.scope
    accounting = open_account(
        holder, scope.instrument, history.scales, scope.timeframe, scope.start_us
    )
    accounting.add_targets(target_rows(np.array([scope.start_us]), np.array([LONG])))
    for prints in history.prints(scope.start_us, scope.end_us):
        accounting.fold(prints)
    ledger = accounting.close(scope.end_us)
    bought = bool((ledger.orders["refusal"] == 0).any())
    return Benchmark(ledger, curve_of(ledger, history.scales, scope.start_us) if bought else None)
