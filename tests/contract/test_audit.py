"""The contract of audit repositories."""

from datetime import timedelta

import pytest

from data.errors import RepositoryUnavailable
from tests.builders import at
from tests.contract.stores import Stores, memory_stores
from tests.fakes import InMemoryStore
from utils.audit import LOGIN_PATHS, AuditEntry, AuditKind, AuditOutcome


def an_entry(minute: int = 0, **changes: object) -> AuditEntry:
    fields: dict[str, object] = {
        "at": at(0) + timedelta(minutes=minute),
        "username": "alice",
        "role": "operator",
        "address": "192.168.1.7",
        "action": "/backtests/run",
        "details": '{"note":"<b>\'x\'; -- % µ"}',
        "outcome": AuditOutcome.REFUSED,
        "note": "not now",
    }
    return AuditEntry(**(fields | changes))  # type: ignore[arg-type]


def test_nothing_was_commanded_at_first(stores: Stores) -> None:
    stores.audit.add([])
    assert stores.audit.latest(10) == []


def test_an_entry_comes_back_as_it_was(stores: Stores) -> None:
    stores.audit.add([an_entry()])
    assert stores.again().audit.latest(10) == [an_entry()]


def test_the_newest_entries_come_first_and_of_one_time_the_last_added(stores: Stores) -> None:
    stores.audit.add([an_entry(2), an_entry(1, action="a"), an_entry(1, action="b")])
    stores.audit.add([an_entry(3)])
    expected = [an_entry(3), an_entry(2), an_entry(1, action="b"), an_entry(1, action="a")]
    assert stores.audit.latest(10) == expected
    assert stores.audit.latest(2) == expected[:2]


def test_many_logins_push_no_command_out_of_the_newest(stores: Stores) -> None:
    command = an_entry(1)
    logins = [an_entry(2 + try_, action=path) for try_ in range(3) for path in sorted(LOGIN_PATHS)]
    stores.audit.add([command, *logins])
    assert stores.audit.latest(2, AuditKind.COMMANDS) == [command]
    newest = stores.audit.latest(2, AuditKind.LOGINS)
    assert [(entry.at, entry.action in LOGIN_PATHS) for entry in newest] == [
        (logins[-1].at, True)
    ] * 2
    assert command not in stores.audit.latest(3)


def test_the_newest_entries_of_one_user_are_found_behind_those_of_others(stores: Stores) -> None:
    stores.audit.add([an_entry(1), an_entry(2), *(an_entry(3, username="bob") for _ in range(9))])
    assert stores.audit.latest(2, username="alice") == [an_entry(2), an_entry(1)]
    assert stores.audit.latest(1, username="alice") == [an_entry(2)]
    assert stores.audit.latest(5, username="carol") == []


def test_a_list_that_cannot_be_reached_is_reported() -> None:
    stores = memory_stores(InMemoryStore(available=False))
    with pytest.raises(RepositoryUnavailable):
        stores.audit.add([an_entry()])
