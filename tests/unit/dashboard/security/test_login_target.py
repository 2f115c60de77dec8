"""The target of a login: the requested page, never another site."""

import httpx
import pytest

from dashboard.security.keys import Keys
from dashboard.security.login_target import local_target
from tests.dashboard_world import PASSWORD, World, a_user
from tests.web import ORIGIN, a_client, a_server

BROWSER = {"accept": "text/html,application/xhtml+xml"}
DEEP = "/bots/alice?tab=orders&text=a%20b"


@pytest.mark.parametrize("target", ["/", "/bots", DEEP, "/system?tab=logs&until=2026-01-01T00:00"])
def test_a_page_of_this_site_is_kept(target: str) -> None:
    assert local_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "", "bots", "//evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example",
        "///evil.example", "/a\r\nset-cookie: x=1", "javascript:alert(1)", "/\x00",
        "/" + "a" * 2000,
        "/login?next=/login", "/logout", "/é",
    ],
)  # fmt: skip
def test_anything_else_leads_to_the_first_page(target: str) -> None:
    assert local_target(target) == "/"


async def test_a_login_leads_to_the_page_that_was_requested() -> None:
    async with a_client(a_server(world=World(), keys=Keys(users=(a_user(),)))) as client:
        sent = await client.get(DEEP, headers=BROWSER)
        assert sent.status_code == 303
        form = await client.get(sent.headers["location"])
        assert f'name="next" value="{DEEP.replace("&", "&amp;")}"' in form.text
        wrong = await log_in(client, "no")
        assert f'name="next" value="{DEEP.replace("&", "&amp;")}"' in wrong.text
        done = await log_in(client, PASSWORD)
        assert (done.status_code, done.headers["location"]) == (303, DEEP)


async def test_a_script_that_reads_is_sent_to_the_plain_login() -> None:
    async with a_client(a_server(world=World(), keys=Keys(users=(a_user(),)))) as client:
        for headers in ({}, {"accept": "application/json"}):
            answer = await client.get("/api/v1/bots?x=1", headers=headers)
            assert answer.headers["location"] == "/login"


async def log_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    data = {"password": password, "next": DEEP}
    return await client.post("/login", data=data, headers=ORIGIN)
