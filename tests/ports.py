"""Ports for servers under test that no other process takes meanwhile."""

import random
import socket

# Below the range from which systems choose ports for outgoing connections (32768 and up, or 49152):
# a port chosen there may be taken by another process before a server binds it.
_PORTS = range(20_000, 32_000)


def free_port() -> int:
    """Return a free loopback port, chosen at random."""
    for port in random.SystemRandom().sample(_PORTS, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port of loopback is free")
