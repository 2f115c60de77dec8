"""Valuation of an account at a price."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from bot_manager.domain.ledger import Checkpoint
from bot_manager.reporting.valuation import value_account
from bot_manager.trading import to_us
from bot_manager.trading.codes import NEVER
from tests.builders import at
from tests.unit.bot_manager.bot_builders import SCALES, a_checkpoint

NOW = at(60)


def a_long(**changes: int) -> Checkpoint:
    """Return an account of 1,000 that bought 2 at 100 for a fee of 1; the price is 110."""
    checkpoint = a_checkpoint()
    state = checkpoint.state | {
        "price": SCALES.price_units(Decimal(110)),
        "size": SCALES.size_units(Decimal(2)),
        "cost": SCALES.money_units(Decimal(200)),
        "cash": SCALES.money_units(Decimal(799)),
        "fees": SCALES.money_units(Decimal(1)),
        "peak": SCALES.money_units(Decimal(1_100)),
        "day_equity": SCALES.money_units(Decimal(1_010)),
        "day_due": to_us(NOW + timedelta(hours=3)),
        "entry_price": SCALES.price_units(Decimal(100)),
        "entry_time": to_us(at(5)),
        "guard": SCALES.price_units(Decimal(90)),
        "goal": NEVER,
    }
    return msgspec.structs.replace(checkpoint, state=state | changes)


def test_an_account_is_worth_its_cash_and_its_position_at_the_price() -> None:
    worth = value_account(a_long(), Decimal(120))
    assert (worth.equity, worth.exposure, worth.unrealised) == (1039, 240, 40)
    assert (worth.capital, worth.profit, worth.fees) == (1000, 39, 1)
    assert worth.drawdown == Decimal(61) / Decimal(1100)
    assert (worth.entry, worth.entry_time, worth.stop, worth.take_profit) == (100, at(5), 90, None)


def test_without_a_price_its_last_print_counts() -> None:
    worth = value_account(a_long())
    assert (worth.price, worth.equity) == (110, 1019)


def test_a_flat_account_has_no_levels() -> None:
    worth = value_account(a_long(size=0, cost=0))
    assert (worth.entry, worth.entry_time, worth.stop, worth.take_profit) == (
        None,
        None,
        None,
        None,
    )
    assert (worth.position, worth.exposure) == (0, 0)
