"""Passwords, sessions and the limit on guesses."""

import stat
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from starlette.datastructures import Headers

from dashboard.security.doorkeeper import Doorkeeper
from dashboard.security.keys import Keys, User, new_token
from dashboard.security.passwords import PasswordCheck, hash_password
from dashboard.security.roles import OWNER, Role
from dashboard.security.sessions import LIFETIME_S, MOST, MOST_PER_USER, SessionBook
from tests.dashboard_world import INSTANCE_KEY, PASSWORD, a_user
from utils.clock import ManualClock

START = datetime(2025, 1, 6, tzinfo=UTC)
ADMIN = a_user()
ALICE = a_user("alice", Role.VIEWER, "hers alone")


def with_cookie(value: str) -> Headers:
    return Headers({"cookie": f"{INSTANCE_KEY.session_cookie}={value}"})


def a_doorkeeper(book: SessionBook, *users: User) -> Doorkeeper:
    return Doorkeeper(lambda: Keys(users=users), book, INSTANCE_KEY, is_local=True)


async def test_only_the_users_own_password_is_accepted() -> None:
    check = PasswordCheck(ManualClock(START))
    for known_browser in (True, False):
        accepts = partial(check.accepts, source="10.0.0.1", known_browser=known_browser)
        assert await accepts(ADMIN, PASSWORD)
        assert not await accepts(ADMIN, "Correct horse")
        assert not await accepts(ALICE, PASSWORD)
        assert not await accepts(None, "no user has this password")


async def test_a_hash_that_is_none_accepts_nothing() -> None:
    broken = User(name="x", role=Role.ADMIN, password_hash="$argon2id$broken")
    check = PasswordCheck(ManualClock(START))
    assert not await check.accepts(broken, "", "10.0.0.1", known_browser=False)


def test_a_password_made_here_is_argon2s() -> None:
    assert hash_password("correct horse").startswith("$argon2id$")


def test_only_our_own_cookie_is_a_session() -> None:
    book = SessionBook(ManualClock(START))
    cookie = book.open(ADMIN, "127.0.0.1")
    session = book.find(cookie)
    assert session is not None
    assert book.find(cookie[:-1]) is None
    assert book.find(session.id) is None, "what is shown of a session opens nothing"
    assert book.find("") is None
    assert book.find(None) is None


def test_cookies_of_other_programs_on_the_host_hide_none_of_ours() -> None:
    book = SessionBook(ManualClock(START))
    doorkeeper = a_doorkeeper(book, ADMIN)
    ours = with_cookie(book.open(ADMIN, "127.0.0.1"))["cookie"]
    for other in ('settings={"a":1}', "a b=1", "é=1", 'half="', "=x", "path=/", "a=;;"):
        for cookies in (f"{other}; {ours}", f"{ours}; {other}"):
            assert doorkeeper.person(Headers({"cookie": cookies})) == ADMIN.person, cookies


def test_sessions_end_after_their_time() -> None:
    clock = ManualClock(START)
    book = SessionBook(clock)
    cookie = book.open(ADMIN, "127.0.0.1")
    clock.advance(LIFETIME_S)
    assert book.find(cookie)
    clock.advance(1)
    assert book.find(cookie) is None
    assert book.all() == []


def test_sessions_survive_a_restart_in_a_file_of_the_owner_only(tmp_path: Path) -> None:
    clock, path = ManualClock(START), tmp_path / "sessions.json"
    cookie = SessionBook(clock, path).open(ADMIN, "127.0.0.1", "a browser")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cookie not in path.read_text()
    again = SessionBook(clock, path)
    assert [session.agent for session in again.all()] == ["a browser"]
    again.end(again.all()[0].id)
    assert SessionBook(clock, path).find(cookie) is None


def test_a_file_of_sessions_that_is_none_logs_everybody_out(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_text("{")
    assert SessionBook(ManualClock(START), path).all() == []


def test_the_number_of_sessions_is_bounded() -> None:
    book = SessionBook(ManualClock(START))
    users = [a_user(f"user-{number}") for number in range(MOST // MOST_PER_USER + 1)]
    first = book.open(users[0], "127.0.0.1")
    for user in users:
        for _ in range(MOST_PER_USER):
            book.open(user, "127.0.0.1")
    assert len(book.all()) == MOST
    assert book.find(first) is None
    book.end_of(users[-1].name)
    assert len(book.all()) == MOST - MOST_PER_USER


def test_no_user_ends_the_sessions_of_others_by_logging_in() -> None:
    book = SessionBook(ManualClock(START))
    first = book.open(ADMIN, "127.0.0.1")
    for _ in range(MOST + 1):
        book.open(ALICE, "127.0.0.1")
    assert book.find(first) is not None
    assert len(book.all()) == 1 + MOST_PER_USER


def test_a_session_ends_with_its_password_and_its_user() -> None:
    book = SessionBook(ManualClock(START))
    headers = with_cookie(book.open(ALICE, "127.0.0.1"))
    assert a_doorkeeper(book, ADMIN, ALICE).person(headers) == ALICE.person
    changed = a_user("alice", Role.VIEWER, "another one")
    assert a_doorkeeper(book, ADMIN, changed).person(headers) is None
    assert a_doorkeeper(book, ADMIN).person(headers) is None


def test_another_role_holds_at_once() -> None:
    book = SessionBook(ManualClock(START))
    headers = with_cookie(book.open(ALICE, "127.0.0.1"))
    promoted = User(name="alice", role=Role.OPERATOR, password_hash=ALICE.password_hash)
    person = a_doorkeeper(book, promoted).person(headers)
    assert person is not None
    assert person.role is Role.OPERATOR


def test_a_token_is_known_by_itself_and_never_helped_by_a_cookie() -> None:
    token, text = new_token("grafana", Role.VIEWER, START)
    book = SessionBook(ManualClock(START))
    keys = Keys(users=(ADMIN,), tokens=(token,))
    doorkeeper = Doorkeeper(lambda: keys, book, INSTANCE_KEY, is_local=True)
    assert text not in token.digest
    person = doorkeeper.person(Headers({"authorization": f"Bearer {text}"}))
    assert person is not None
    assert (person.name, person.role) == ("token:grafana", Role.VIEWER)
    cookie = f"{INSTANCE_KEY.session_cookie}={book.open(ADMIN, '127.0.0.1')}"
    wrong = Headers({"authorization": "Bearer tt_guess", "cookie": cookie})
    assert doorkeeper.person(wrong) is None


def test_without_users_only_who_sits_at_the_machine_needs_no_login() -> None:
    book = SessionBook(ManualClock(START))
    assert Doorkeeper(Keys, book, INSTANCE_KEY, is_local=True).person(Headers({})) == OWNER
    assert Doorkeeper(Keys, book, INSTANCE_KEY, is_local=False).person(Headers({})) is None
