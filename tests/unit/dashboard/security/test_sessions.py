"""Passwords, sessions and the limit on guesses."""

import stat
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from starlette.datastructures import Headers

from dashboard.security.authenticator import Authenticator
from dashboard.security.keys import Keys, User, new_token
from dashboard.security.passwords import PasswordCheck, hash_password
from dashboard.security.roles import OWNER, Role
from dashboard.security.sessions import LIFETIME_S, MAX_PER_USER, MAX_SESSIONS, SessionStore
from tests.dashboard_world import INSTANCE_KEY, PASSWORD, a_user
from utils.clock import ManualClock

START = datetime(2025, 1, 6, tzinfo=UTC)
ADMIN = a_user()
ALICE = a_user("alice", Role.VIEWER, "hers alone")


def with_cookie(value: str) -> Headers:
    return Headers({"cookie": f"{INSTANCE_KEY.session_cookie}={value}"})


def an_authenticator(store: SessionStore, *users: User) -> Authenticator:
    return Authenticator(lambda: Keys(users=users), store, INSTANCE_KEY, is_local=True)


async def test_only_the_users_own_password_is_accepted() -> None:
    check = PasswordCheck(ManualClock(START))
    for is_known_browser in (True, False):
        accepts = partial(check.accepts, source="10.0.0.1", is_known_browser=is_known_browser)
        assert await accepts(ADMIN, PASSWORD)
        assert not await accepts(ADMIN, "Correct horse")
        assert not await accepts(ALICE, PASSWORD)
        assert not await accepts(None, "no user has this password")


async def test_a_hash_that_is_none_accepts_nothing() -> None:
    broken = User(name="x", role=Role.ADMIN, password_hash="$argon2id$broken")
    check = PasswordCheck(ManualClock(START))
    assert not await check.accepts(broken, "", "10.0.0.1", is_known_browser=False)


def test_a_password_made_here_is_argon2s() -> None:
    assert hash_password("correct horse").startswith("$argon2id$")


def test_only_our_own_cookie_is_a_session() -> None:
    store = SessionStore(ManualClock(START))
    cookie = store.open(ADMIN, "127.0.0.1")
    session = store.find(cookie)
    assert session is not None
    assert store.find(cookie[:-1]) is None
    assert store.find(session.id) is None, "what is shown of a session opens nothing"
    assert store.find("") is None
    assert store.find(None) is None


def test_cookies_of_other_programs_on_the_host_hide_none_of_ours() -> None:
    store = SessionStore(ManualClock(START))
    authenticator = an_authenticator(store, ADMIN)
    ours = with_cookie(store.open(ADMIN, "127.0.0.1"))["cookie"]
    for other in ('settings={"a":1}', "a b=1", "é=1", 'half="', "=x", "path=/", "a=;;"):
        for cookies in (f"{other}; {ours}", f"{ours}; {other}"):
            assert authenticator.principal(Headers({"cookie": cookies})) == ADMIN.principal, cookies


def test_sessions_end_after_their_time() -> None:
    clock = ManualClock(START)
    store = SessionStore(clock)
    cookie = store.open(ADMIN, "127.0.0.1")
    clock.advance(LIFETIME_S)
    assert store.find(cookie)
    clock.advance(1)
    assert store.find(cookie) is None
    assert store.all() == []


def test_sessions_survive_a_restart_in_a_file_of_the_owner_only(tmp_path: Path) -> None:
    clock, path = ManualClock(START), tmp_path / "sessions.json"
    cookie = SessionStore(clock, path).open(ADMIN, "127.0.0.1", "a browser")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert cookie not in path.read_text()
    again = SessionStore(clock, path)
    assert [session.agent for session in again.all()] == ["a browser"]
    again.end(again.all()[0].id)
    assert SessionStore(clock, path).find(cookie) is None


def test_an_invalid_file_of_sessions_logs_every_user_out(tmp_path: Path) -> None:
    path = tmp_path / "sessions.json"
    path.write_text("{")
    assert SessionStore(ManualClock(START), path).all() == []


def test_the_number_of_sessions_is_bounded() -> None:
    store = SessionStore(ManualClock(START))
    users = [a_user(f"user-{number}") for number in range(MAX_SESSIONS // MAX_PER_USER + 1)]
    first = store.open(users[0], "127.0.0.1")
    for user in users:
        for _ in range(MAX_PER_USER):
            store.open(user, "127.0.0.1")
    assert len(store.all()) == MAX_SESSIONS
    assert store.find(first) is None
    store.end(store.all()[0].id)
    assert len(store.all()) == MAX_SESSIONS - 1


def test_no_user_ends_the_sessions_of_others_by_logging_in() -> None:
    store = SessionStore(ManualClock(START))
    first = store.open(ADMIN, "127.0.0.1")
    for _ in range(MAX_SESSIONS + 1):
        store.open(ALICE, "127.0.0.1")
    assert store.find(first) is not None
    assert len(store.all()) == 1 + MAX_PER_USER


def test_a_session_ends_with_its_password_and_its_user() -> None:
    store = SessionStore(ManualClock(START))
    headers = with_cookie(store.open(ALICE, "127.0.0.1"))
    assert an_authenticator(store, ADMIN, ALICE).principal(headers) == ALICE.principal
    changed = a_user("alice", Role.VIEWER, "another one")
    assert an_authenticator(store, ADMIN, changed).principal(headers) is None
    assert an_authenticator(store, ADMIN).principal(headers) is None


def test_another_role_holds_at_once() -> None:
    store = SessionStore(ManualClock(START))
    headers = with_cookie(store.open(ALICE, "127.0.0.1"))
    promoted = User(name="alice", role=Role.OPERATOR, password_hash=ALICE.password_hash)
    principal = an_authenticator(store, promoted).principal(headers)
    assert principal is not None
    assert principal.role is Role.OPERATOR


def test_a_token_is_known_by_itself_and_never_helped_by_a_cookie() -> None:
    token, text = new_token("grafana", Role.VIEWER, START)
    store = SessionStore(ManualClock(START))
    keys = Keys(users=(ADMIN,), tokens=(token,))
    authenticator = Authenticator(lambda: keys, store, INSTANCE_KEY, is_local=True)
    assert text not in token.digest
    principal = authenticator.principal(Headers({"authorization": f"Bearer {text}"}))
    assert principal is not None
    assert (principal.name, principal.role) == ("token:grafana", Role.VIEWER)
    cookie = f"{INSTANCE_KEY.session_cookie}={store.open(ADMIN, '127.0.0.1')}"
    wrong = Headers({"authorization": "Bearer tt_guess", "cookie": cookie})
    assert authenticator.principal(wrong) is None


def test_without_users_only_loopback_requires_no_login() -> None:
    store = SessionStore(ManualClock(START))
    assert Authenticator(Keys, store, INSTANCE_KEY, is_local=True).principal(Headers({})) == OWNER
    assert Authenticator(Keys, store, INSTANCE_KEY, is_local=False).principal(Headers({})) is None
