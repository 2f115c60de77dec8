"""The contract of reads of many bots at once."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from bot_manager.domain.journal import SessionStarted
from bot_manager.domain.ledger import AccountOrder, EquityMark
from bot_manager.domain.lifecycle import MANAGED_STATES, BotState, LifecycleEvent
from bot_manager.domain.ports import LedgerStep
from bot_manager.reporting.fleet import RoundTripCount, SessionCapital
from bot_manager.reporting.results import round_trips
from bot_manager.trading import OrderRefusal
from data import Cursor
from tests.builders import START, an_instrument, at
from tests.contract.stores import Stores
from tests.unit.bot_manager.bot_builders import (
    SCALES,
    a_bot,
    a_checkpoint,
    a_mark,
    a_transition,
    a_version,
    an_entry,
    an_order,
)
from tests.unit.strategies.signal_builders import a_group

MINUTE = timedelta(minutes=1)


def two_bots(stores: Stores) -> None:
    stores.bots.create(a_version("bob"))
    first = a_version("alice")
    stores.bots.create(first)
    stores.bots.revise(
        first.revised(a_bot("alice", capital="5"), actor="ann", reason="", made_at=at(1))
    )


def test_rows_hold_of_each_bot_what_a_row_shows(stores: Stores) -> None:
    two_bots(stores)
    refused = msgspec.structs.replace(an_order(2, at_s=9), refusal=OrderRefusal.COOL_DOWN)
    stores.ledger.commit(
        LedgerStep(
            transitions=(a_transition(bot="alice"),),
            orders=(an_order(0, at_s=1), an_order(1, at_s=8), refused),
            checkpoints=(a_checkpoint("alice"),),
        )
    )
    alice, bob = stores.again().fleet.rows(at(5))
    assert (alice.status, alice.config.capital) == (stores.bots.get("alice"), Decimal(5))
    assert alice.checkpoint == a_checkpoint("alice")
    assert (alice.fills_since, alice.last_order) == (1, refused)
    assert bob.status.name == "bob"
    assert (bob.checkpoint, bob.fills_since, bob.last_order) == (None, 0, None)
    assert [one.status.name for one in stores.fleet.rows(START, ["bob", "carol"])] == ["bob"]
    assert stores.fleet.rows(START, []) == []


def test_equity_is_the_last_mark_of_each_step(stores: Stores) -> None:
    two_bots(stores)
    marks = [a_mark(seconds, bot) for bot in ("bob", "alice") for seconds in (30, 60, 90, 300)]
    stores.ledger.commit(LedgerStep(marks=tuple(marks)))
    found = stores.again().fleet.equity(START, at(300), MINUTE)
    # A mark at a minute's end closes the minute before it.
    assert [(one.bot, one.time) for one in found] == [
        ("alice", at(60)), ("alice", at(90)), ("bob", at(60)), ("bob", at(90)),
    ]  # fmt: skip


def test_fills_leave_refused_orders_out(stores: Stores) -> None:
    two_bots(stores)
    refused = msgspec.structs.replace(an_order(1, "bob", at_s=2), refusal=OrderRefusal.COOL_DOWN)
    orders = (an_order(0, "bob", at_s=1), refused, an_order(0, "alice", at_s=3))
    stores.ledger.commit(LedgerStep(orders=orders))
    assert [one.bot for one in stores.again().fleet.fills(START, at(9))] == ["alice", "bob"]
    assert [one.bot for one in stores.fleet.fills(at(2), at(9))] == ["alice"]


def a_fill(sequence: int, realised: str, fee: str = "1") -> AccountOrder:
    facts = {"realised": Decimal(realised), "fee": Decimal(fee)}
    return msgspec.structs.replace(an_order(sequence, at_s=sequence), **facts)


def test_closed_round_trips_are_those_that_the_fills_pair_into(stores: Stores) -> None:
    two_bots(stores)
    # Won, lost to its fees alone, won by the last digit, and one that is open.
    realised = ("0", "5", "0", "2", "0", "2.000000001", "0")
    fills = [a_fill(2 * at, amount) for at, amount in enumerate(realised)]
    refused = [
        msgspec.structs.replace(an_order(2 * at + 1), refusal=OrderRefusal.COOL_DOWN)
        for at in range(6)
    ]
    orders = sorted([*fills, *refused], key=lambda order: order.sequence)
    stores.ledger.commit(LedgerStep(orders=tuple(orders)))
    fleet, expected_closed = stores.again().fleet, round_trips(orders, Decimal(1))
    assert [round_trip.profit > 0 for round_trip in expected_closed] == [True, False, True]
    assert fleet.closed_round_trips({"alice": -1, "bob": -1}) == {
        "alice": RoundTripCount(closed=3, won=2, last_exit=10)
    }
    before = RoundTripCount(closed=1, won=1, last_exit=2)
    later = fleet.closed_round_trips({"alice": before.last_exit})["alice"]
    assert before.combined_with(later) == fleet.closed_round_trips({"alice": -1})["alice"]
    assert fleet.closed_round_trips({"alice": 10}) == {}
    assert fleet.closed_round_trips({}) == {}


def test_rows_hold_the_last_start_command_of_a_bot(stores: Stores) -> None:
    two_bots(stores)
    again = a_transition(3, BotState.WARMING_UP, LifecycleEvent.START)
    steps = (a_transition(1), a_transition(2, BotState.FAILED, LifecycleEvent.FAILED), again)
    later = a_transition(4, BotState.RUNNING, LifecycleEvent.OPENED)
    stores.ledger.commit(LedgerStep(transitions=(*steps, later)))
    alice, bob = stores.again().fleet.rows(START)
    assert (alice.started_at, bob.started_at) == (again.made_at, None)


def test_rows_hold_whether_the_instrument_is_known(stores: Stores) -> None:
    two_bots(stores)
    stores.instruments.save([an_instrument()])
    stores.bots.create(a_version("carol", instrument="okx:NOPE-USDT"))
    known = {one.status.name: one.is_instrument_known for one in stores.again().fleet.rows(START)}
    assert known == {"alice": True, "bob": True, "carol": False}


def test_every_session_has_its_initial_capital(stores: Stores) -> None:
    two_bots(stores)

    entries = (an_entry(0, _started(1)), an_entry(1), an_entry(2, _started(2)))
    stores.ledger.commit(LedgerStep(entries=entries))
    assert stores.again().fleet.paid_in() == [
        SessionCapital(bot="alice", session=0, time=at(0), capital=Decimal(10_000)),
        SessionCapital(bot="alice", session=2, time=at(2), capital=Decimal(5)),
    ]


def test_changes_of_profit_are_those_of_marks_and_fills_and_no_deposit(stores: Stores) -> None:
    two_bots(stores)  # the second version of alice has a capital of 5
    capital = a_bot().capital
    stores.ledger.commit(
        LedgerStep(
            entries=(
                an_entry(0, _started(1)),
                msgspec.structs.replace(an_entry(1, _started(2)), effective_at=Cursor(at(300), 0)),
                an_entry(0, _started(1), bot="bob"),
            ),
            marks=(
                _mark_of("alice", 60, capital + 10),
                _mark_of("alice", 120, capital + 30),
                _mark_of("alice", 360, Decimal(4)),
                _mark_of("bob", 120, capital - 5),
            ),
            orders=(msgspec.structs.replace(an_order(0, at_s=120), equity=capital + 29),),
        )
    )
    changes = stores.again().fleet.profit_changes(["alice", "bob"], at(60), at(361))
    assert [(one.time, one.change) for one in changes] == [
        (at(60), 10),
        (at(120), 20 - 5),
        (at(120), -1),
        (at(360), -1 - 29),
    ]
    (before, *_) = stores.fleet.profit_changes(["alice"], at(200), at(361))
    assert (before.time, before.change) == (at(200), 29)
    assert stores.fleet.profit_changes(["bob"], START, at(120)) == []


def _started(version: int) -> SessionStarted:
    return SessionStarted(
        version=version, group=a_group(), instrument=an_instrument(), scales=SCALES
    )


def _mark_of(bot: str, at_s: float, equity: Decimal) -> EquityMark:
    return msgspec.structs.replace(a_mark(at_s, bot), equity=equity)


def test_rows_count_the_profit_of_a_day_from_its_midnight(stores: Stores) -> None:
    two_bots(stores)
    capital = a_bot().capital
    late = msgspec.structs.replace(an_order(0, at_s=90), equity=capital - 7)
    stores.ledger.commit(
        LedgerStep(
            entries=(an_entry(0, _started(1)),),
            marks=(_mark_of("alice", 60, capital - 5), _mark_of("alice", 120, capital - 9)),
            orders=(late,),
        )
    )
    for since_s, gained in ((30, 0), (60, -5), (100, -7), (120, -9), (500, -9)):
        alice, bob = stores.again().fleet.rows(at(since_s))
        assert (alice.profit_before, bob.profit_before) == (gained, 0), since_s


def test_rows_show_the_version_of_the_running_session(stores: Stores) -> None:
    two_bots(stores)
    stores.ledger.commit(
        LedgerStep(entries=(an_entry(0, _started(1)),), transitions=(a_transition(bot="alice"),))
    )
    alice, bob = stores.again().fleet.rows(START)
    assert alice.status.state in MANAGED_STATES
    assert (alice.version, alice.config, alice.status.version) == (1, a_bot(), 2)
    assert (bob.version, bob.status.version) == (1, 1)
    done = a_transition(2, after=BotState.STOPPED, event=LifecycleEvent.ENDED)
    stores.ledger.commit(LedgerStep(transitions=(done,)))
    alice, _ = stores.again().fleet.rows(START)
    assert (alice.version, alice.config.capital) == (2, 5)
