"""Guesses are slow for the guessing client and never lock others out; the host always gets in."""

import asyncio
import threading
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp
from typer.testing import CliRunner

from dashboard.security.device_cookies import LIFETIME, DeviceCookies
from dashboard.security.instance_key import FILE_NAME, load_instance_key, new_instance_key
from dashboard.security.keys import Keys
from dashboard.security.login_grants import LINK_LIFETIME, UNLOCK_LIFETIME, LoginGrants
from dashboard.security.login_limit import (
    FREE_TRIES,
    INTERVAL_S,
    MAX_KEYS,
    UNLOCKED_S,
    LoginLimit,
)
from dashboard.security.passwords import (
    MAX_WAITING,
    MAX_WAITING_PER_SOURCE,
    PACE_S,
    HashingBusy,
    HashingQueue,
    PasswordCheck,
)
from dashboard.security.roles import Role
from scripts.cli.users import app
from tests.builders import at
from tests.dashboard_world import INSTANCE_KEY, PASSWORD, World, a_user
from tests.web import ORIGIN, a_client, a_server
from utils.clock import ManualClock

ADMIN = a_user()
ALICE = a_user("alice", Role.OPERATOR, "hers alone")
KEYS = Keys(users=(ADMIN, ALICE))
HERE, THERE = "10.0.0.1", "10.0.0.2"


def guarded(world: World | None = None) -> ASGIApp:
    """Return a server with users whose clock moves only while it waits."""
    return a_server(KEYS, world, clock=ManualClock(at(0)))


def fail(limit: LoginLimit, name: str, source: str, times: int) -> list[bool]:
    return [limit.admit(name, source) == 0 for _ in range(times)]


def test_failures_count_for_the_name_and_the_address() -> None:
    limit = LoginLimit(ManualClock(at(0)))
    assert fail(limit, "admin", HERE, FREE_TRIES + 2) == [True] * FREE_TRIES + [False] * 2
    assert limit.admit("admin", THERE) == 0
    assert limit.admit("alice", HERE) == 0
    limit.succeeded("admin", HERE)
    assert limit.admit("admin", HERE) == 0


def test_guesses_slow_to_a_fixed_rate_and_are_never_locked_out() -> None:
    clock = ManualClock(at(0))
    limit = LoginLimit(clock)
    fail(limit, "admin", HERE, 1000)
    for _ in range(50):
        assert 0 < limit.admit("admin", HERE) <= INTERVAL_S
        clock.advance(INTERVAL_S)
        assert fail(limit, "admin", HERE, 2) == [True, False]


def test_a_try_that_was_not_made_does_not_count() -> None:
    limit = LoginLimit(ManualClock(at(0)))
    for _ in range(20):
        assert limit.admit("admin", HERE) == 0
        limit.withdraw("admin", HERE)


def test_an_unlocked_name_is_not_slowed_for_two_minutes() -> None:
    clock = ManualClock(at(0))
    limit = LoginLimit(clock)
    for name in ("admin", "alice"):
        fail(limit, name, HERE, 10)
    limit.unlock("admin")
    assert all(fail(limit, "admin", HERE, 10))
    assert limit.admit("alice", HERE) > 0
    clock.advance(UNLOCKED_S)
    assert fail(limit, "admin", HERE, FREE_TRIES + 1) == [True] * FREE_TRIES + [False]


def test_the_memory_of_failures_is_bounded() -> None:
    limit = LoginLimit(ManualClock(at(0)))
    fail(limit, "admin", HERE, 10)
    for number in range(MAX_KEYS):
        limit.admit(str(number), HERE)
    assert len(limit._failures) == MAX_KEYS
    # The pace allows fewer tries than MAX_KEYS within one interval.
    assert MAX_KEYS * PACE_S > INTERVAL_S


def test_tries_that_are_not_made_evict_none_that_were_made() -> None:
    limit = LoginLimit(ManualClock(at(0)))
    fail(limit, "admin", HERE, FREE_TRIES)
    for number in range(MAX_KEYS):
        assert limit.admit(str(number), HERE) == 0
        limit.withdraw(str(number), HERE)
    assert limit.admit("admin", HERE) > 0
    assert len(limit._failures) == 1


async def test_guesses_of_many_names_push_nothing_out_of_the_audit_list() -> None:
    world = World()
    async with a_client(guarded(world)) as client:
        for number in range(FREE_TRIES + 3):
            assert await log_in(client, f"nobody-{number}", "wrong") == 401
    assert [entry.username for entry in world.store.audit] == [""] * FREE_TRIES


@pytest.mark.parametrize("target", ["/{problem}", "/$problem", "/${problem}", "/{fields}"])
async def test_text_of_a_link_stays_text_in_the_login_page(target: str) -> None:
    form = {"name": "admin", "password": "wrong", "next": target}
    async with a_client(guarded()) as client:
        refused = await client.post("/login", data=form, headers=ORIGIN)
    assert f'name="next" value="{target}"' in refused.text
    assert refused.text.count('role="alert"') == 1


def test_a_device_cookie_is_for_one_user_of_one_instance_and_for_a_time() -> None:
    clock = ManualClock(at(0))
    cookies = DeviceCookies(INSTANCE_KEY, clock)
    cookie = cookies.issue("alice")
    device = cookies.device_of(cookie, "alice")
    assert device
    assert cookies.device_of(cookies.issue("alice", device), "alice") == device
    assert cookies.device_of(cookie, "admin") is None
    assert DeviceCookies(new_instance_key(), clock).device_of(cookie, "alice") is None
    for forged in (None, "", ":::", cookie[:-1], cookie.replace("alice", "admin"), "x" * 4000, "é"):
        assert cookies.device_of(forged, "admin") is None
    clock.advance(LIFETIME.total_seconds() + 1)
    assert cookies.device_of(cookie, "alice") is None


def test_cookies_are_named_by_the_instance_and_stay(tmp_path: Path) -> None:
    first, second = (load_instance_key(tmp_path / name / FILE_NAME) for name in ("none", "b"))
    assert first.session_cookie != second.session_cookie
    path = tmp_path / FILE_NAME
    kept = load_instance_key(path)
    assert load_instance_key(path) == kept
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b"cut")
    assert load_instance_key(path) != kept


async def test_hashing_places_are_few_for_all_and_fewer_for_one() -> None:
    queue, release = HashingQueue(ManualClock(at(0))), threading.Event()

    def check() -> bool:
        return release.wait(60)

    waiting = [
        asyncio.create_task(queue.run(f"10.0.{number // MAX_WAITING_PER_SOURCE}.1", check))
        for number in range(MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(HashingBusy):
        await queue.run("192.168.1.1", check)
    release.set()
    assert all(await asyncio.gather(*waiting))
    release.clear()
    waiting = [asyncio.create_task(queue.run(HERE, check)) for _ in range(MAX_WAITING_PER_SOURCE)]
    await asyncio.sleep(0)
    with pytest.raises(HashingBusy):
        await queue.run(HERE, check)
    other = asyncio.create_task(queue.run(THERE, check))
    release.set()
    assert await other
    assert all(await asyncio.gather(*waiting))


async def test_guesses_of_all_names_have_a_pace_and_known_browsers_have_none() -> None:
    clock = ManualClock(at(0))
    queue = HashingQueue(clock, pace_s=PACE_S)
    for number in range(5):
        await queue.run(str(number), lambda: False)
    assert clock.monotonic_s() == 4 * PACE_S
    check = PasswordCheck(clock)
    before_s = clock.monotonic_s()
    for _ in range(3):
        assert await check.accepts(ADMIN, PASSWORD, "admin", is_known_browser=True)
    assert clock.monotonic_s() == before_s


async def log_in(client: httpx.AsyncClient, name: str, password: str) -> int:
    form = {"name": name, "password": password}
    return (await client.post("/login", data=form, headers=ORIGIN)).status_code


async def test_a_known_browser_logs_in_while_its_address_and_name_are_guessed() -> None:
    server = guarded()
    async with a_client(server) as owner, a_client(server) as guesser:
        assert await log_in(owner, "admin", PASSWORD) == 303
        codes = [await log_in(guesser, "admin", "wrong") for _ in range(6)]
        assert codes == [401] * FREE_TRIES + [429] * 3
        assert await log_in(owner, "admin", "mistyped") == 401
        assert await log_in(owner, "admin", PASSWORD) == 303
        assert await log_in(guesser, "admin", PASSWORD) == 429


async def test_a_known_browser_has_a_limit_of_its_own_for_its_own_user() -> None:
    async with a_client(guarded()) as client:
        assert await log_in(client, "alice", "hers alone") == 303
        codes = [await log_in(client, "alice", "wrong") for _ in range(5)]
        assert codes == [401] * FREE_TRIES + [429] * 2
        # For another user it is an unknown browser.
        codes = [await log_in(client, "admin", "wrong") for _ in range(5)]
        assert codes == [401] * FREE_TRIES + [429] * 2


async def test_names_that_do_not_exist_are_slowed_alike() -> None:
    async with a_client(guarded()) as client:
        for name in ("nobody", "admin", "x" * 3000, "a\x00b"):
            codes = [await log_in(client, name, "wrong") for _ in range(4)]
            assert codes == [401] * FREE_TRIES + [429]


async def test_a_form_that_is_too_long_is_refused() -> None:
    async with a_client(guarded()) as client:
        assert await log_in(client, "admin", "x" * 5000) == 413


def users(folder: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--data-dir", str(folder)])
    return result.exit_code, result.output


async def test_a_user_is_unlocked_from_the_host_and_that_is_written_down(tmp_path: Path) -> None:
    world = World(folder=tmp_path)
    async with a_client(guarded(world)) as client:
        for _ in range(6):
            await log_in(client, "admin", "wrong")
        assert await log_in(client, "admin", PASSWORD) == 429
        assert users(tmp_path, "unlock", "admin") == (0, "admin may try again at once\n")
        assert await log_in(client, "admin", PASSWORD) == 303
    unlocked = [entry for entry in world.store.audit if entry.action == "users unlock"]
    assert [(entry.username, entry.details) for entry in unlocked] == [("host", "admin")]


async def test_a_link_from_the_host_logs_in_once_whatever_the_limit(tmp_path: Path) -> None:
    world = World(folder=tmp_path)
    async with a_client(guarded(world)) as client:
        for _ in range(6):
            await log_in(client, "admin", "wrong")
        code, url = users(tmp_path, "link", "admin")
        path, _, token = url.strip().removeprefix("http://127.0.0.1:8050").partition("?token=")
        assert (code, path) == (0, "/login/link")
        for _ in range(2):
            page = await client.get(path, params={"token": token})
            assert token in page.text
            assert page.headers["cache-control"] == "no-store"
        send = partial(client.post, path, data={"token": token}, headers=ORIGIN)
        assert (await send()).status_code == 303
        assert (await client.get("/api/v1/access/me")).json()["name"] == "admin"
        assert await log_in(client, "admin", PASSWORD) == 303, "the browser is known from now on"
        client.cookies.clear()
        assert [(await send()).status_code for _ in range(5)] == [401] * 5
    found = [entry for entry in world.store.audit if entry.action == "/login/link"]
    assert [(entry.username, str(entry.outcome)) for entry in found] == [
        ("admin", "done"), *[("", "refused")] * FREE_TRIES,
    ]  # fmt: skip
    assert token not in str(world.store.audit)


def test_what_the_host_grants_is_taken_once_and_expires(tmp_path: Path) -> None:
    folder = tmp_path / "login"
    clock = ManualClock(datetime.now(at(0).tzinfo))
    grants, server = LoginGrants(folder, clock), LoginGrants(folder, clock)
    assert (server.take_unlocked(), server.redeem("x")) == ([], None)
    token = grants.new_link("alice")
    grants.unlock("admin")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert token not in "".join(path.name + path.read_text() for path in folder.iterdir())
    assert (server.redeem(token), server.redeem(token)) == ("alice", None)
    assert (server.take_unlocked(), server.take_unlocked()) == (["admin"], [])
    late = grants.new_link("alice")
    grants.unlock("admin")
    clock.advance(max(LINK_LIFETIME, UNLOCK_LIFETIME) / timedelta(seconds=1))
    assert (server.redeem(late), server.take_unlocked()) == (None, [])
    assert list(folder.iterdir()) == []


def test_grants_are_for_existing_users(tmp_path: Path) -> None:
    for command in ("link", "unlock"):
        code, output = users(tmp_path, command, "bob")
        assert code == 2
        assert "there is no user 'bob'" in output
    assert not (tmp_path / "login").exists()
