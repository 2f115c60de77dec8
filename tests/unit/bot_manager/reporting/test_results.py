"""Results of a bot's orders, compared with the kernel's own numbers."""

from decimal import Decimal

from bot_manager.domain.ledger import account_orders, equity_marks
from bot_manager.reporting.results import portfolio_of_bot, round_trips
from bot_manager.trading import round_trip_rows, round_trips_of
from tests.unit.bot_manager.kernel_builders import FEES, FLAT, LONG, SHORT, given, on_tape

PRINTS = [(1, "100"), (61, "103"), (121, "99"), (181, "98"), (241, "95"), (301, "97"), (361, "96")]
TARGETS = [(0, LONG), (120, FLAT), (180, SHORT), (300, LONG)]


def test_round_trips_are_those_of_the_kernel() -> None:
    outcome = on_tape(PRINTS, TARGETS, given(costs=FEES, stop="0.1"))
    orders = list(account_orders(outcome.folded.orders, ["alice"], outcome.scales))
    rows = round_trip_rows(outcome.folded.orders, outcome.scales.contract_units)
    found = round_trips(orders, outcome.scales.contract)
    assert found == list(round_trips_of(rows, outcome.scales))
    assert len(found) == 2


def test_a_portfolio_is_that_of_the_kernel() -> None:
    outcome = on_tape(PRINTS, TARGETS, given(costs=FEES))
    orders = list(account_orders(outcome.folded.orders, ["alice"], outcome.scales))
    marks = list(equity_marks(outcome.folded.marks, ["alice"], outcome.scales))
    portfolio = portfolio_of_bot(Decimal(1000), orders, marks)
    kernel = outcome.value()
    assert (portfolio.cash, portfolio.realised, portfolio.fees) == (
        kernel.cash,
        kernel.realised,
        kernel.fees,
    )
    assert portfolio.position == kernel.position
    assert portfolio.equity == marks[-1].equity
    assert portfolio.exposure == marks[-1].position_value
    cost = kernel.exposure - kernel.unrealised
    assert portfolio.unrealised == marks[-1].position_value - cost
    peak = max(Decimal(1000), *(order.equity for order in orders), *(m.equity for m in marks))
    assert portfolio.drawdown == (peak - portfolio.equity) / peak


def test_a_bot_that_did_nothing_has_its_capital() -> None:
    portfolio = portfolio_of_bot(Decimal(1000), [], [])
    assert (portfolio.equity, portfolio.time, portfolio.drawdown) == (Decimal(1000), None, 0)
    assert round_trips([], Decimal(1)) == []
