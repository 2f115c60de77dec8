"""The contract of bot verification repositories, and of ledger reads of many bots."""

from decimal import Decimal

import msgspec
import pytest

from bot_manager.domain.journal import SessionEnded, SessionStarted
from bot_manager.domain.ledger import EquityMark
from bot_manager.domain.lifecycle import BotState, LifecycleEvent
from bot_manager.domain.ports import LedgerStep
from bot_manager.domain.status import BotCommand, FleetCommandResult, FleetRequest
from bot_manager.domain.verification import Cause
from bot_manager.errors import LedgerConflict, UnknownBot
from bot_manager.groups.bisection import drop_bots, failing_bots
from data import Cursor
from data.errors import RepositoryError
from tests.builders import BTC, START, an_instrument, at
from tests.contract.stores import Stores
from tests.unit.bot_manager.bot_builders import (
    SCALES,
    a_checkpoint,
    a_command,
    a_mark,
    a_transition,
    a_verification,
    a_version,
    an_entry,
    an_order,
)
from tests.unit.strategies.signal_builders import a_group

DAY_S = 86_400


def test_verifications_come_back_as_they_were_and_the_newest_is_the_badge(stores: Stores) -> None:
    for name in ("alice", "bob", "carol"):
        stores.bots.create(a_version(name))
    different = a_verification(
        2, anchor=None, replayed_digest="x", cause=Cause.DATA, difference='it\'s "gone"'
    )
    for each in (a_verification(1), different, a_verification(1, "bob", settled=True)):
        stores.verifications.add(each)
    again = stores.again().verifications
    assert again.history("alice") == [a_verification(1), different]
    assert again.history("alice", limit=1) == [different]
    assert again.latest() == {"alice": different, "bob": a_verification(1, "bob", settled=True)}
    assert list(again.latest(["bob", "carol", "nobody"])) == ["bob"]
    with pytest.raises(LedgerConflict):
        stores.verifications.add(a_verification(2))
    with pytest.raises(UnknownBot):
        stores.verifications.add(a_verification(1, "nobody"))


def test_a_verification_releases_the_tape_behind_it(stores: Stores) -> None:
    stores.bots.create(a_version())
    stores.bots.create(a_version("never-started"))
    assert stores.verifications.required_tape() == {}
    facts = SessionStarted(version=1, group=a_group(), instrument=an_instrument(), scales=SCALES)
    stores.ledger.commit(
        LedgerStep(
            entries=(an_entry(0, facts),),
            transitions=(a_transition(1), a_transition(2, BotState.RUNNING, LifecycleEvent.OPENED)),
        )
    )
    assert stores.verifications.required_tape() == {BTC: Cursor(START, -1)}
    stores.verifications.add(a_verification(1, anchor=a_checkpoint(at_s=60)))
    stores.verifications.add(a_verification(2, anchor=None, replayed_digest="other"))
    assert stores.verifications.required_tape() == {BTC: Cursor(at(60), 5)}
    stores.ledger.commit(LedgerStep(checkpoints=(a_checkpoint(at_s=40),)))
    assert stores.again().verifications.required_tape() == {BTC: Cursor(at(40), 5)}


def test_a_bot_at_rest_and_verified_requires_no_tape_until_it_is_started_again(
    stores: Stores,
) -> None:
    stores.bots.create(a_version())
    facts = SessionStarted(version=1, group=a_group(), instrument=an_instrument(), scales=SCALES)
    entries = (an_entry(0, facts), an_entry(1, SessionEnded(flatten=False)))
    stopped = a_transition(1, BotState.STOPPED, LifecycleEvent.ENDED)
    stores.ledger.commit(LedgerStep(entries=entries, transitions=(stopped,)))
    stores.verifications.add(a_verification(1, anchor=None, replayed_digest="other", entries=2))
    assert stores.verifications.required_tape() == {BTC: Cursor(START, -1)}
    stores.verifications.add(a_verification(2, entries=2, settled=True))
    assert stores.verifications.required_tape() == {}
    stores.ledger.commit(LedgerStep(entries=(an_entry(2, facts),)))
    assert stores.verifications.required_tape() == {BTC: Cursor(at(2), 5)}
    stores.ledger.commit(LedgerStep(transitions=(a_transition(2, BotState.ARCHIVED),)))
    assert stores.verifications.required_tape() == {}


def test_one_command_reaches_all_and_is_kept_with_each(stores: Stores) -> None:
    for name in ("alice", "bob"):
        stores.bots.create(a_version(name))
    stores.bots.request([a_command("bob", LifecycleEvent.START)])
    request = FleetRequest(command=LifecycleEvent.KILL, actor="ann", reason="enough", made_at=at(1))
    fleet_command = stores.bots.request_all(request)
    assert stores.again().bots.pending_fleet_commands() == [fleet_command]
    of_each = tuple(
        BotCommand(number=0, request=request.of(name), answered_at=at(2))
        for name in ("alice", "bob", "bob")
    )
    answer = FleetCommandResult(number=fleet_command.number, answered_at=at(2), bot_count=3)
    step = LedgerStep(fleet_results=(answer,), applied_commands=of_each)
    stores.ledger.commit(step)
    assert stores.bots.pending_fleet_commands() == []
    assert [one.number for one in stores.bots.commands("bob")] == [1, 2, 3]
    assert stores.bots.commands("alice") == [msgspec.structs.replace(of_each[0], number=1)]
    assert {status.desired_state for status in stores.bots.all()} == {BotState.STOPPED}
    with pytest.raises(LedgerConflict):
        stores.ledger.commit(step)
    assert len(stores.bots.commands("alice")) == 1


def test_whose_rows_are_refused_is_found_and_nothing_is_stored(stores: Stores) -> None:
    names = ["alice", "bob", "carol", "dave", "eve"]
    for name in names:
        stores.bots.create(a_version(name))
    too_large = msgspec.structs.replace(an_order(0, "dave"), trade_id=2**63)
    step = LedgerStep(
        orders=(*(an_order(0, name) for name in names if name != "dave"), too_large),
        transitions=tuple(a_transition(bot=name) for name in names),
        marks=tuple(a_mark(bot=name) for name in names),
    )
    with pytest.raises(RepositoryError):
        stores.ledger.commit(step)
    assert list(failing_bots(step, stores.ledger.check)) == ["dave"]
    assert _marked(stores, names) == []
    stores.ledger.commit(drop_bots(step, {"dave"}))
    assert _marked(stores, names) == ["alice", "bob", "carol", "eve"]


def _marked(stores: Stores, names: list[str]) -> list[str]:
    return [name for name in names if stores.ledger.equity(name, START, at(DAY_S))]


def test_the_newest_configuration_of_every_bot_is_read_at_once(stores: Stores) -> None:
    first = a_version("bob")
    stores.bots.create(first)
    stores.bots.create(a_version("alice"))
    changed = a_version("bob", capital="5").config
    second = first.revised(changed, actor="ann", reason="less", made_at=at(5))
    stores.bots.revise(second)
    assert stores.again().bots.newest_versions() == [a_version("alice"), second]


def test_old_marks_thin_to_the_last_of_each_day(stores: Stores) -> None:
    stores.bots.create(a_version())
    # first, a rise, the peak, a fall to the lowest, a rise to the highest, and an end
    equity = [50, 51, 60, 55, 40, 45, 70, 66, 67, 68]
    full = [_mark(60 * number, amount) for number, amount in enumerate(equity, 1)]
    few = [_mark(DAY_S, 68), _mark(DAY_S + 60, 51), _mark(2 * DAY_S, 52)]
    new = [_mark(2 * DAY_S + 60 * number, number) for number in range(1, 11)]
    marks = [*full, *few, *new]
    # The fill is higher than any mark: the fall after it is the day's in money.
    fill = msgspec.structs.replace(an_order(0, at_s=430), equity=Decimal(90))
    stores.ledger.commit(LedgerStep(marks=tuple(marks), orders=(fill,)))
    assert stores.ledger.unthinned(at(2 * DAY_S)) == ["alice"]
    assert stores.ledger.thin_equity("alice", at(2 * DAY_S)) == 5
    # 50, 60 and 40, 70, 66 after the fill, and the day's last
    kept = [full[0], full[2], full[4], full[6], full[7], *few, *new]
    assert stores.again().ledger.equity("alice", START, at(9 * DAY_S)) == kept
    assert stores.ledger.unthinned(at(2 * DAY_S)) == []
    assert stores.ledger.thin_equity("alice", at(2 * DAY_S)) == 0
    assert stores.ledger.daily_before(["alice"]) == {}


def _mark(at_s: int, equity: int) -> EquityMark:
    return EquityMark(bot="alice", time=at(at_s), equity=Decimal(equity), position_value=Decimal(0))
