"""The client of a request: its connection's address, or what a trusted proxy forwards."""

import logging
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from utils.clock import Clock

log = logging.getLogger("truetape.dashboard")

UNKNOWN_ADDRESS = "unknown"
LOOPBACK_CLIENT = "loopback"
WARN_EVERY_S = 600.0
FORWARDING_HEADERS = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"}
)


def client_address(scope: Scope) -> str:
    """Return the IP address of a request's client in its canonical form, at most 39 characters.

    `UNKNOWN_ADDRESS` for anything else, such as text that a proxy passed on unchecked.
    """
    client = scope.get("client")
    try:
        address = ip_address(client[0]) if client else None
    except ValueError:
        address = None
    if address is None:
        return UNKNOWN_ADDRESS
    if isinstance(address, IPv6Address):
        # Without a zone (fe80::1%eth0), which is text of any length.
        return str(address.ipv4_mapped or IPv6Address(address.packed))
    return str(address)


def client_of(address: str) -> str:
    """Return the client to which an address belongs, for limits.

    All loopback addresses are one client, and so is each /64 network of IPv6.
    """
    if address == UNKNOWN_ADDRESS:
        return UNKNOWN_ADDRESS
    parsed = ip_address(address)
    if parsed.is_loopback:
        return LOOPBACK_CLIENT
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed.packed, 64), strict=False))
    return address


class ClientAddress:
    """The outermost ASGI layer: applies the forwarding headers of trusted proxies, and no others.

    A forwarding header on loopback that comes from no trusted proxy is ignored with a warning:
    most likely a proxy on this machine is not named in the settings.
    """

    def __init__(self, app: ASGIApp, trusted_proxies: Sequence[str], clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._forwarded = cast(
            "ASGIApp",
            ProxyHeadersMiddleware(app, list(trusted_proxies)),  # type: ignore[arg-type]
        )
        self._trusted = [ip_network(proxy) for proxy in trusted_proxies]
        self._warn_after_s = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        address = client_address(scope)
        if self._is_trusted(address):
            # Normalized as in the list of proxies: a dual-stack socket gives ::ffff:10.0.0.1.
            scope["client"] = (address, scope["client"][1])
            await self._forwarded(scope, receive, send)
            return
        if client_of(address) == LOOPBACK_CLIENT:
            self._warn_of_forwarding(scope, address)
        await self._app(scope, receive, send)

    def _is_trusted(self, address: str) -> bool:
        if not self._trusted or address == UNKNOWN_ADDRESS:
            return False
        parsed = ip_address(address)
        return any(parsed in network for network in self._trusted)

    def _warn_of_forwarding(self, scope: Scope, address: str) -> None:
        found = sorted({name for name, _ in scope["headers"]} & FORWARDING_HEADERS)
        now_s = self._clock.monotonic_s()
        if not found or now_s < self._warn_after_s:
            return
        self._warn_after_s = now_s + WARN_EVERY_S
        log.warning(
            "forwarding header ignored: add the proxy to DASHBOARD_TRUSTED_PROXIES",
            extra={"headers": [name.decode() for name in found], "address": address},
        )
