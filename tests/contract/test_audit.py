"""The contract of audit repositories."""

from datetime import timedelta

import pytest

from data.errors import RepositoryUnavailable
from tests.builders import at
from tests.contract.stores import Stores, memory_stores
from tests.fakes import InMemoryStore
from utils.audit import LOGIN_PATHS, AuditEntry, AuditKind, AuditOutcome, RepeatedRefusal


def an_entry(minute: int = 0, **changes: object) -> AuditEntry:
    fields: dict[str, object] = {
        "at": at(0) + timedelta(minutes=minute),
        "username": "alice",
        "role": "operator",
        "address": "192.168.1.7",
        "action": "/api/v1/backtests/run",
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
    command = an_entry(1, outcome=AuditOutcome.FAILED)
    logins = [
        an_entry(2 + try_, action=path, outcome=AuditOutcome.DONE)
        for try_ in range(3)
        for path in sorted(LOGIN_PATHS)
    ]
    stores.audit.add([command, *logins])
    assert stores.audit.latest(2, AuditKind.COMMANDS) == [command]
    newest = stores.audit.latest(2, AuditKind.LOGINS)
    assert [(entry.at, entry.action in LOGIN_PATHS) for entry in newest] == [
        (logins[-1].at, True)
    ] * 2
    assert command not in stores.audit.latest(3)


def a_refused_login(minute: int, **changes: object) -> AuditEntry:
    return an_entry(minute, action="/login", details="", note="", **changes)


def test_a_guessers_attempts_push_no_login_and_no_command_out(stores: Stores) -> None:
    login = an_entry(1, action="/login", outcome=AuditOutcome.DONE)
    command = an_entry(2, outcome=AuditOutcome.DONE)
    guesses = [a_refused_login(3 + try_, username="", address="10.9.9.9") for try_ in range(9)]
    stores.audit.add([login, command, *guesses])
    assert stores.audit.latest(1, AuditKind.LOGINS) == [login]
    assert stores.audit.latest(1, AuditKind.COMMANDS) == [command]


def test_repeated_refusals_are_one_per_user_address_and_request(stores: Stores) -> None:
    guesses = [a_refused_login(2 + try_, username="", address="10.9.9.9") for try_ in range(9)]
    mistyped = a_refused_login(1)
    elsewhere = a_refused_login(20, address="10.0.0.3")
    commands = [an_entry(30, note="first"), an_entry(31, note="last")]
    stores.audit.add(
        [mistyped, *guesses, elsewhere, *commands, an_entry(40, outcome=AuditOutcome.DONE)]
    )
    assert stores.audit.refusals(10) == [
        RepeatedRefusal(newest=commands[1], count=2, first_at=commands[0].at),
        RepeatedRefusal(newest=elsewhere, count=1, first_at=elsewhere.at),
        RepeatedRefusal(newest=guesses[-1], count=9, first_at=guesses[0].at),
        RepeatedRefusal(newest=mistyped, count=1, first_at=mistyped.at),
    ]
    assert [each.newest for each in stores.audit.refusals(1)] == [commands[1]]
    assert [each.count for each in stores.audit.refusals(9, username="")] == [9]


def test_the_newest_entries_of_one_user_are_found_behind_those_of_others(stores: Stores) -> None:
    stores.audit.add([an_entry(1), an_entry(2), *(an_entry(3, username="bob") for _ in range(9))])
    assert stores.audit.latest(2, username="alice") == [an_entry(2), an_entry(1)]
    assert stores.audit.latest(1, username="alice") == [an_entry(2)]
    assert stores.audit.latest(5, username="carol") == []


def test_a_list_that_cannot_be_reached_is_reported() -> None:
    stores = memory_stores(InMemoryStore(available=False))
    with pytest.raises(RepositoryUnavailable):
        stores.audit.add([an_entry()])
