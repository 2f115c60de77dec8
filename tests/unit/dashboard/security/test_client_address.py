"""The client of a request, and whose forwarding headers are applied."""

import logging

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from dashboard.security.client_address import (
    WARN_EVERY_S,
    ClientAddress,
    client_address,
    client_of,
)
from dashboard.security.keys import Keys
from dashboard.security.listen_address import ListenAddress
from scripts.services.dashboard.server import _server_config
from tests.builders import at
from tests.dashboard_world import World, a_user
from tests.web import ORIGIN, a_client, a_server
from utils.clock import ManualClock


async def resolve_client(
    peer: str, headers: dict[str, str], *proxies: str, clock: ManualClock | None = None
) -> tuple[str, str]:
    """Return the address and the scheme that the server receives."""
    found: list[tuple[str, str]] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append((client_address(scope), scope["scheme"]))

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    layer = ClientAddress(app, proxies, clock or ManualClock(at(0)))
    await layer(scope, None, None)  # type: ignore[arg-type]
    return found[0]


FORGED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.168.1.5"])
async def test_forwarding_headers_are_ignored_by_default(peer: str) -> None:
    assert await resolve_client(peer, FORGED) == (peer, "http")


@pytest.mark.parametrize("peer", ["10.0.0.7", "::ffff:10.0.0.7"])
async def test_forwarding_headers_of_a_named_proxy_count(peer: str) -> None:
    assert await resolve_client(peer, FORGED, "127.0.0.1", "10.0.0.0/24") == (
        "203.0.113.9",
        "https",
    )
    assert await resolve_client("10.0.1.7", FORGED, "10.0.0.0/24") == ("10.0.1.7", "http")


async def test_what_a_client_forged_before_its_proxy_is_ignored() -> None:
    headers = {"x-forwarded-for": "1.1.1.1, 203.0.113.9"}
    assert await resolve_client("127.0.0.1", headers, "127.0.0.1") == ("203.0.113.9", "http")


@pytest.mark.parametrize("text", ["x" * 3000, "<script>", "fe80::1%" + "z" * 3000, "\x00"])
async def test_an_address_is_an_ip_address_or_unknown(text: str) -> None:
    address, _ = await resolve_client("127.0.0.1", {"x-forwarded-for": text}, "127.0.0.1")
    assert address in ("unknown", "fe80::1")


def test_a_client_is_all_of_loopback_or_a_network_of_ipv6() -> None:
    assert {client_of(each) for each in ("127.0.0.1", "127.3.2.1", "::1")} == {"loopback"}
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff")
    assert client_of("2001:db8::1") != client_of("2001:db8:0:1::1")
    assert client_of("192.168.1.5") == "192.168.1.5"


async def test_a_proxy_on_loopback_that_is_not_named_is_warned_of_now_and_then(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, seen_by = ManualClock(at(0)), []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen_by.append(client_address(scope))

    layer = ClientAddress(app, ["10.0.0.1"], clock)
    header = [(b"x-real-ip", b"203.0.113.9")]
    with caplog.at_level(logging.WARNING, "truetape.dashboard"):
        for peer, headers in (("127.0.0.1", []), ("192.168.1.5", header), ("10.0.0.1", header)):
            scope = {"type": "http", "client": (peer, 1), "headers": headers}
            await layer(scope, None, None)  # type: ignore[arg-type]
        assert caplog.messages == []
        for _ in range(3):
            scope = {"type": "http", "client": ("127.0.0.1", 1), "headers": header}
            await layer(scope, None, None)  # type: ignore[arg-type]
        assert len(caplog.messages) == 1
        assert "DASHBOARD_TRUSTED_PROXIES" in caplog.messages[0]
        clock.advance(WARN_EVERY_S)
        await layer(scope, None, None)  # type: ignore[arg-type]
    assert len(caplog.messages) == 2
    assert seen_by[-1] == "127.0.0.1"


def test_uvicorn_reads_no_forwarding_header_by_itself() -> None:
    from config import Settings

    assert not _server_config(Settings(), None).proxy_headers  # type: ignore[arg-type]


async def test_guesses_with_forged_addresses_count_as_one_clients() -> None:
    world = World()
    async with a_client(a_server(Keys(users=(a_user(),)), world)) as client:
        codes = [await _guess(client, f"203.0.113.{number}") for number in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    assert {entry.address for entry in world.store.audit} == {"127.0.0.1"}


async def _guess(client: httpx.AsyncClient, forged: str) -> int:
    headers = {**ORIGIN, "x-forwarded-for": forged}
    answer = await client.post("/login", data={"password": "x"}, headers=headers)
    return answer.status_code


def test_a_named_proxy_means_that_others_reach_the_server() -> None:
    assert not ListenAddress(trusted_proxies=("127.0.0.1",)).is_local
