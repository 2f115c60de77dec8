"""Ports for servers under test that nothing else on the machine will take meanwhile."""

import random
import socket

# Below the range from which systems choose ports for outgoing connections (32768 and up, or 49152):
# a port chosen there may be another process's by the time a server wants it.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Return a port of loopback that nobody listens on, chosen at random."""
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port of loopback is free")
