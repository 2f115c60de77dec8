"""Slow down whoever guesses passwords."""

from ipaddress import IPv6Address, ip_address, ip_network

from utils.backoff import Backoff
from utils.clock import Clock

FREE_TRIES = 3
MAX_CLIENTS = 1000


class LoginThrottle:
    """After some wrong passwords an address must wait, longer each time, up to a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: dict[str, tuple[Backoff, int, float]] = {}

    def wait_s(self, address: str) -> float:
        """Return how long this address must wait before it may try again."""
        _, _, until_s = self._clients.get(_client(address), (None, 0, 0.0))
        return max(0.0, until_s - self._clock.monotonic_s())

    def failed(self, address: str) -> None:
        """Count a wrong password."""
        client = _client(address)
        backoff, tries, _ = self._clients.pop(client, (Backoff(first_s=2, cap_s=60), 0, 0.0))
        delay_s = backoff.next_delay_s() if tries + 1 >= FREE_TRIES else 0.0
        self._clients[client] = (backoff, tries + 1, self._clock.monotonic_s() + delay_s)
        if len(self._clients) > MAX_CLIENTS:
            del self._clients[next(iter(self._clients))]

    def succeeded(self, address: str) -> None:
        """Forget an address's wrong passwords."""
        self._clients.pop(_client(address), None)


def _client(address: str) -> str:
    """Return whose address this is: of IPv6, a whole network belongs to one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed.packed, 64), strict=False))
    return address
