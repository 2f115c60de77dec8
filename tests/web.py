"""The dashboard's server without a network: requests of a browser, a program or no user."""

import httpx
from starlette.types import ASGIApp

from dashboard.security.keys import Keys
from dashboard.security.listen_address import ListenAddress
from dashboard.server import create_server
from dashboard.shell import Site
from tests.dashboard_world import World, an_authenticator
from tests.fakes.bus import InMemoryAsyncBus
from utils.clock import Clock, SystemClock
from utils.messaging import AsyncBus

HOST = "127.0.0.1:8050"
ORIGIN = {"origin": f"http://{HOST}"}


def a_server(
    keys: Keys | None = None,
    world: World | None = None,
    bus: AsyncBus | None = None,
    clock: Clock | None = None,
) -> ASGIApp:
    """Return a server over a world, for these users and tokens."""
    world = world or World()
    return create_server(
        world.services(),
        bus or InMemoryAsyncBus(world.bus),
        clock or SystemClock(),
        site=Site(),
        listen_address=ListenAddress(),
        authenticator=an_authenticator(keys),
        grants=world.grants,
        monitoring=world.monitoring(),
    )


def a_client(server: ASGIApp, token: str | None = None) -> httpx.AsyncClient:
    """Return a client on the same machine; `token`: of a program."""
    transport = httpx.ASGITransport(server)  # type: ignore[arg-type]
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=headers)


async def socket_answer(server: ASGIApp, headers: dict[str, str], path: str = "/live") -> str:
    """Return the type of the server's first answer to a socket."""
    return str((await socket_messages(server, headers, path=path))[0]["type"])


async def socket_messages(
    server: ASGIApp, headers: dict[str, str], *sent: str | bytes, path: str = "/live"
) -> list[dict[str, object]]:
    """Return what the server sends to a socket that sends these messages and disconnects."""
    answers: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    incoming = iter(
        [
            {"type": "websocket.connect"},
            *(
                {"type": "websocket.receive", "text" if isinstance(one, str) else "bytes": one}
                for one in sent
            ),
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )

    async def receive() -> dict[str, object]:
        return next(incoming)

    scope = {
        "type": "websocket",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "query_string": b"",
        "subprotocols": [],
    }
    await server(scope, receive, send)  # type: ignore[arg-type]
    return answers
