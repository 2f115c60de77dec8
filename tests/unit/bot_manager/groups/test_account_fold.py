"""Fold of a group's accounts: waiting, joining, ending, rescaling."""

from datetime import timedelta
from decimal import Decimal

from bot_manager.domain.journal import (
    CommandAccepted,
    JournalEntry,
    SessionEnded,
    SessionStarted,
    next_cursor,
)
from bot_manager.domain.session import sessions_of
from bot_manager.groups.account_fold import fold_accounts
from bot_manager.groups.accounts import BotAccount, CarriedAccount, open_bot_account
from bot_manager.groups.signal_view import SignalView
from bot_manager.trading import AccountCommand, OrderReason, Scales
from data import Cursor, Trade
from strategies import Direction
from tests.builders import START, a_trade, an_instrument, at
from tests.unit.bot_manager.bot_builders import a_version
from tests.unit.strategies.signal_builders import a_group, a_signal

GROUP = a_group()
SCALES = Scales.of(an_instrument())
LONG, FLAT = Direction.LONG, Direction.FLAT


def entry(sequence: int, second: float, decision: object, trade_id: int = 0) -> JournalEntry:
    return JournalEntry(
        bot="alice",
        sequence=sequence,
        effective_at=Cursor(at(second), trade_id),
        decision=decision,  # type: ignore[arg-type]
        actor="ann",
        reason="",
        made_at=START,
    )


def account(
    *later: JournalEntry,
    start_s: float = 0.0,
    signal_view: SignalView | None = None,
    enter_on_start: bool = True,
) -> BotAccount:
    facts = SessionStarted(
        version=1,
        group=GROUP,
        instrument=an_instrument(),
        scales=SCALES,
        enter_on_start=enter_on_start,
    )
    [session] = sessions_of([entry(0, start_s, facts), *later], [a_version()])
    return open_bot_account(session, signal_view.signals if signal_view else ())


def evaluated_view(to_s: float, *signals: tuple[float, Direction]) -> SignalView:
    decided = tuple(a_signal(second, direction) for second, direction in signals)
    return SignalView(at(to_s), timedelta(minutes=1), decided)


def tape(*prints: tuple[float, str]) -> list[Trade]:
    numbered = enumerate(prints, 1)
    return [a_trade(number, at_s=second, price=price) for number, (second, price) in numbered]


TAPE = tape((10, "100"), (59, "101"), (60, "102"), (119, "103"), (120, "104"))


def test_a_print_waits_for_the_candle_that_closed_before_it() -> None:
    waiting = fold_accounts([account()], TAPE, evaluated_view(0))
    assert waiting.accounts[0].cursor == Cursor(at(59), 2)
    assert waiting.orders == []
    went_on = fold_accounts(waiting.accounts, TAPE, evaluated_view(60, (60, LONG)))
    assert went_on.accounts[0].cursor == Cursor(at(119), 4)
    assert [(order.trade_id, order.price) for order in went_on.orders] == [(3, Decimal("102.0"))]


def test_the_target_in_force_at_a_start_counts_as_acted_on() -> None:
    signal_view = evaluated_view(120, (-600, LONG), (60, FLAT), (119, LONG))
    waiting = account(start_s=10, signal_view=signal_view, enter_on_start=False)
    folded = fold_accounts([waiting], TAPE, signal_view)
    assert [(order.trade_id, order.reason) for order in folded.orders] == [(4, OrderReason.SIGNAL)]


def test_what_is_decided_at_the_very_time_of_a_start_is_a_change() -> None:
    signal_view = evaluated_view(120, (59, LONG))
    waiting = account(start_s=59, signal_view=signal_view, enter_on_start=False)
    assert [order.trade_id for order in fold_accounts([waiting], TAPE, signal_view).orders] == [2]


def test_short_is_in_force_as_flat_where_nothing_can_be_sold_short() -> None:
    signal_view = evaluated_view(120, (-600, Direction.SHORT), (60, FLAT), (119, LONG))
    waiting = account(start_s=10, signal_view=signal_view, enter_on_start=False)
    assert waiting.state["target"] == FLAT
    assert [order.trade_id for order in fold_accounts([waiting], TAPE, signal_view).orders] == [4]


def test_a_session_that_enters_on_start_takes_the_target_in_force_as_a_change() -> None:
    signal_view = evaluated_view(120, (-600, LONG), (120, FLAT))
    folded = fold_accounts([account(start_s=59, signal_view=signal_view)], TAPE, signal_view)
    assert [(order.trade_id, order.reason) for order in folded.orders] == [
        (2, OrderReason.SIGNAL),
        (5, OrderReason.SIGNAL),
    ]


def test_a_killed_account_waits_for_no_other() -> None:
    signal_view = evaluated_view(0, (0, LONG))
    held = fold_accounts([account(signal_view=signal_view)], TAPE, signal_view).accounts[0]
    assert held.holds
    after = next_cursor(held.cursor)
    end = entry(1, 59, SessionEnded(flatten=True, kill=True), after.trade_id)
    session = account(end).session
    killed = BotAccount(session, held.scales, held.parameters, held.state)
    folded = fold_accounts([killed], TAPE, signal_view)
    assert [(order.trade_id, order.reason) for order in folded.orders] == [(3, OrderReason.KILL)]
    assert folded.ended == ["alice"]
    assert folded.accounts[0].cursor == Cursor(at(60), 3)


def test_a_kill_makes_void_what_was_to_come_behind_it() -> None:
    later = entry(1, 100, CommandAccepted(command=AccountCommand.FLATTEN))
    end = entry(2, 59, SessionEnded(flatten=True, kill=True))
    scheduled = account(later, end).session.scheduled
    assert [(one.sequence, one.command) for one in scheduled] == [(2, AccountCommand.KILL)]


def test_a_stop_closes_at_the_first_print_behind_it_and_receives_nothing_later() -> None:
    signal_view = evaluated_view(120, (0, LONG), (120, Direction.FLAT))
    end = entry(1, 110, SessionEnded(flatten=True))
    folded = fold_accounts([account(end, signal_view=signal_view)], TAPE, signal_view)
    assert [(order.trade_id, order.reason) for order in folded.orders] == [
        (1, OrderReason.SIGNAL),
        (4, OrderReason.FLATTEN),
    ]
    assert folded.ended == ["alice"]


def test_a_kept_position_goes_on_in_the_next_session() -> None:
    signal_view = evaluated_view(120, (0, LONG))
    end = entry(1, 60, SessionEnded(flatten=False), 3)
    first = fold_accounts([account(end, signal_view=signal_view)], TAPE, signal_view)
    assert first.ended == ["alice"]
    kept = first.accounts[0]
    assert (kept.cursor, kept.holds) == (Cursor(at(59), 2), True)
    again = account(start_s=119, signal_view=signal_view).session
    carried = CarriedAccount(kept.checkpoint(), again.config.capital)
    second = fold_accounts(
        [open_bot_account(again, signal_view.signals, carried)], TAPE, signal_view
    )
    assert second.orders == []
    assert second.accounts[0].holds


def test_a_kept_position_follows_the_target_in_force_whatever_the_start_rule() -> None:
    signal_view = evaluated_view(120, (0, LONG), (60, FLAT))
    end = entry(1, 59, SessionEnded(flatten=False), 3)
    kept = fold_accounts([account(end, signal_view=signal_view)], TAPE, signal_view).accounts[0]
    again = account(start_s=110, signal_view=signal_view, enter_on_start=False).session
    carried = CarriedAccount(kept.checkpoint(), again.config.capital)
    folded = fold_accounts(
        [open_bot_account(again, signal_view.signals, carried)], TAPE, signal_view
    )
    assert [(order.trade_id, order.reason) for order in folded.orders] == [(4, OrderReason.SIGNAL)]
    assert not folded.accounts[0].holds


def test_more_capital_is_a_deposit() -> None:
    flat = account()
    carried = CarriedAccount(flat.checkpoint(), flat.session.config.capital - 500)
    state = open_bot_account(flat.session, (), carried).state
    assert SCALES.money(state["cash"][0]) == flat.session.config.capital + 500


def test_a_print_finer_than_the_units_rescales_before_it() -> None:
    finer = tape((10, "100"), (20, "100.25"), (30, "101"))
    signal_view = evaluated_view(60, (0, LONG))
    folded = fold_accounts([account(signal_view=signal_view)], finer, signal_view)
    [change] = folded.rescales
    assert (change.effective_at.trade_id, change.scales.price_decimals) == (2, 2)
    assert folded.accounts[0].scales == change.scales
    assert [order.price for order in folded.orders] == [Decimal(100)]


def test_accounts_that_join_later_process_only_what_lies_behind_their_start() -> None:
    signal_view = evaluated_view(120, (0, LONG))
    one, other = account(signal_view=signal_view), account(start_s=60, signal_view=signal_view)
    folded = fold_accounts([one, other], TAPE, signal_view)
    assert [order.trade_id for order in folded.orders] == [1, 3]
    assert len({account.cursor for account in folded.accounts}) == 1
