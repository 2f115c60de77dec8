"""Buy and hold: the same capital and costs, fully invested at the first print, same kernel."""

from dataclasses import dataclass

import msgspec
import numpy as np

from backtesting.data.history import History
from backtesting.metrics import EquityCurve
from backtesting.run.account_fold import AccountLedger, open_account
from backtesting.run.metric_input import curve_of
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
    """Ledger of buy and hold, and its equity at UTC day ends; None where it could not buy."""

    ledger: AccountLedger
    curve: EquityCurve | None


def buy_and_hold(account: AccountParameters, history: History) -> Benchmark:
    """Run an account whose only target, at the start, is long.

    If that order is refused there is no benchmark curve.
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
