"""The contract of bot repositories."""

import pytest
from msgspec.structs import replace

from bot_manager.domain.journal import CommandAccepted, SessionEnded, SessionStarted, UnitsRescaled
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import CursorAdvance, LedgerStep
from bot_manager.domain.status import CommandResult
from bot_manager.errors import LedgerConflict, NameTaken, UnknownBot
from bot_manager.trading import AccountCommand
from data import Cursor
from tests.builders import START, an_instrument, at
from tests.contract.stores import Stores
from tests.unit.bot_manager.bot_builders import (
    SCALES,
    a_bot,
    a_checkpoint,
    a_command,
    a_mark,
    a_transition,
    a_version,
    an_entry,
    an_order,
)
from tests.unit.strategies.signal_builders import a_group

GROUP = a_group()
FIRST, SECOND = Cursor(at(1), -1), Cursor(at(2), 9)
EVER = (START, at(10_000))


def test_a_new_bot_waits_to_be_started(stores: Stores) -> None:
    stores.bots.create(a_version("bob"))
    stores.bots.create(a_version("alice"))
    status = stores.again().bots.get("alice")
    assert status is not None
    assert (status.state, status.desired_state) == (BotState.CREATED, BotState.CREATED)
    assert (status.since, status.version) == (START, 1)
    assert (status.transitions, status.entries, status.reason) == (0, 0, "")
    assert [bot.name for bot in stores.bots.all()] == ["alice", "bob"]
    assert stores.bots.get("carol") is None


def test_a_name_is_given_once(stores: Stores) -> None:
    stores.bots.create(a_version())
    with pytest.raises(NameTaken, match="alice"):
        stores.bots.create(a_version(capital="5"))
    assert len(stores.bots.versions("alice")) == 1


def test_every_version_comes_back_with_what_it_changed(stores: Stores) -> None:
    first = a_version(parameters={"fast": 5, "deep": {"a": [1.5, "é"]}})
    second = first.revised(
        a_bot(capital="250.50", sizing={"rule": "quote_amount", "amount": "10"}),
        actor="bob",
        reason="less",
        made_at=at(5),
    )
    stores.bots.create(first)
    stores.bots.revise(second)
    assert stores.again().bots.versions("alice") == [first, second]
    status = stores.bots.get("alice")
    assert status is not None
    assert status.version == 2
    with pytest.raises(LedgerConflict):
        stores.bots.revise(second)
    with pytest.raises((UnknownBot, LedgerConflict)):
        stores.bots.revise(a_version("nobody"))


def test_an_accepted_command_sets_the_desired_state_and_is_answered_once(stores: Stores) -> None:
    stores.bots.create(a_version("alice"))
    stores.bots.create(a_version("bob"))
    requested_commands = stores.bots.request([a_command("bob", at_s=1), a_command("alice", at_s=1)])
    requested_commands += stores.bots.request([a_command("alice", LifecycleEvent.FLATTEN, at_s=2)])
    names = [(one.request.bot, one.number) for one in stores.again().bots.pending_commands()]
    assert names == [("alice", 1), ("bob", 1), ("alice", 2)]
    assert {status.desired_state for status in stores.bots.all()} == {BotState.CREATED}
    assert {status.requested_state for status in stores.bots.all()} == {BotState.RUNNING}
    taken = CommandResult(bot="alice", number=1, answered_at=at(3))
    refused = CommandResult(bot="bob", number=1, answered_at=at(3), refusal="not now")
    stores.ledger.commit(LedgerStep(results=(taken, refused)))
    assert [(one.request.bot, one.number) for one in stores.bots.pending_commands()] == [
        ("alice", 2)
    ]
    assert [one.answered_at for one in stores.bots.commands("alice")] == [at(3), None]
    assert stores.bots.commands("bob")[0].refusal == "not now"
    assert stores.bots.get("alice").desired_state is BotState.RUNNING
    assert stores.bots.get("bob").requested is None
    assert stores.bots.get("bob").desired_state is BotState.CREATED
    with pytest.raises(LedgerConflict):
        stores.ledger.commit(LedgerStep(results=(taken,), marks=(a_mark(),)))
    assert stores.ledger.equity("alice", *EVER) == []


def test_a_command_to_an_unknown_bot_is_refused(stores: Stores) -> None:
    stores.bots.create(a_version("alice"))
    with pytest.raises(UnknownBot, match="bob"):
        stores.bots.request([a_command("alice"), a_command("bob")])
    assert stores.bots.pending_commands() == []


def test_a_step_comes_back_as_it_was(stores: Stores) -> None:
    stores.bots.create(a_version())
    stores.signals.begin(GROUP, START)
    facts = SessionStarted(version=1, group=GROUP, instrument=an_instrument(), scales=SCALES)
    decisions = [
        facts, CommandAccepted(command=AccountCommand.FLATTEN), UnitsRescaled(scales=SCALES),
        SessionEnded(flatten=True, kill=True),
    ]  # fmt: skip
    step = LedgerStep(
        moves=(CursorAdvance(group=GROUP, before=None, after=FIRST),),
        entries=tuple(an_entry(number, one) for number, one in enumerate(decisions)),
        transitions=(a_transition(1), a_transition(2, BotState.RUNNING, LifecycleEvent.OPENED)),
        orders=(an_order(0), an_order(1, at_s=30)),
        marks=(a_mark(60), a_mark(120)),
        checkpoints=(a_checkpoint(),),
    )
    stores.ledger.commit(step)
    again = stores.again()
    assert again.ledger.cursor(GROUP) == FIRST
    assert tuple(again.ledger.journal("alice")) == step.entries
    assert tuple(again.bots.transitions("alice")) == step.transitions
    assert tuple(again.ledger.orders("alice", *EVER)) == step.orders
    assert again.ledger.orders("alice", START, at(30)) == [an_order(0)]
    assert again.ledger.equity("alice", at(60), at(120)) == [a_mark(60)]
    assert again.ledger.checkpoints(["alice", "bob"]) == {"alice": a_checkpoint()}
    status = again.bots.get("alice")
    assert status is not None
    assert (status.state, status.transitions, status.entries) == (BotState.RUNNING, 2, 4)
    assert (status.since, status.reason) == (at(2), "why not")


def test_a_command_that_moves_nothing_explains_nothing(stores: Stores) -> None:
    stores.bots.create(a_version())
    waits = replace(
        a_transition(2, event=LifecycleEvent.WAITS), before=BotState.WARMING_UP, reason="history"
    )
    paused = replace(waits, number=3, event=LifecycleEvent.PAUSE, reason="to look", made_at=at(3))
    stores.ledger.commit(LedgerStep(transitions=(a_transition(1), waits, paused)))
    status = stores.again().bots.get("alice")
    assert status is not None
    assert (status.transitions, status.since, status.reason) == (3, at(2), "history")
    assert stores.again().bots.all() == [status]


def test_an_account_is_stored_where_it_stands_last(stores: Stores) -> None:
    stores.bots.create(a_version())
    for second in (1, 2):
        stores.ledger.commit(LedgerStep(checkpoints=(a_checkpoint(at_s=second),)))
    assert stores.ledger.checkpoints(["alice"])["alice"].cursor == Cursor(at(2), 5)


def test_what_was_written_is_never_written_again(stores: Stores) -> None:
    stores.bots.create(a_version())
    stores.signals.begin(GROUP, START)
    started = CursorAdvance(group=GROUP, before=None, after=FIRST)
    stores.ledger.commit(
        LedgerStep(
            moves=(started,),
            entries=(an_entry(0),),
            transitions=(a_transition(1),),
            orders=(an_order(0),),
            marks=(a_mark(60),),
        )
    )
    moved = CursorAdvance(group=GROUP, before=FIRST, after=SECOND)
    for step in (
        LedgerStep(moves=(started,)),
        LedgerStep(moves=(CursorAdvance(group=GROUP, before=SECOND, after=SECOND),)),
        LedgerStep(moves=(CursorAdvance(group=a_group("New"), before=None, after=FIRST),)),
        LedgerStep(moves=(moved,), entries=(an_entry(0),)),
        LedgerStep(moves=(moved,), entries=(an_entry(2),)),
        LedgerStep(moves=(moved,), entries=(an_entry(1, bot="bob"),)),
        LedgerStep(moves=(moved,), transitions=(a_transition(3),)),
        LedgerStep(moves=(moved,), orders=(an_order(0),)),
        LedgerStep(moves=(moved,), marks=(a_mark(120), a_mark(60))),
    ):
        with pytest.raises(LedgerConflict):
            stores.ledger.commit(step)
    assert stores.ledger.cursor(GROUP) == FIRST
    assert stores.ledger.equity("alice", *EVER) == [a_mark(60)]
    stores.ledger.commit(LedgerStep(moves=(moved,)))
    assert stores.again().ledger.cursor(GROUP) == SECOND
