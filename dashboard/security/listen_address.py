"""Where the server listens, and under which host names it may be reached. Pure."""

from dataclasses import dataclass
from ipaddress import ip_address

from dashboard.security.keys import Keys
from utils.errors import ConfigError

_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where the server listens, and the host names that it accepts.

    `allowed_hosts` are further names that browsers may use; IP addresses need not be listed unless
    the server is on loopback. `trusted_proxies` are addresses or networks whose forwarding headers
    name the client of a request.
    """

    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Return whether only this machine reaches the server. A further name means a proxy."""
        return is_loopback(self.host) and not self.allowed_hosts and not self.trusted_proxies

    def require_keys(self, keys: Keys) -> None:
        """Raise ConfigError if other machines reach the server and no user or token exists."""
        if self.is_local or keys.users or keys.tokens:
            return
        where = f"DASHBOARD_HOST is {self.host} and not loopback"
        if is_loopback(self.host) and self.allowed_hosts:
            where = f"DASHBOARD_ALLOWED_HOSTS names {', '.join(self.allowed_hosts)}"
        elif is_loopback(self.host):
            where = f"DASHBOARD_TRUSTED_PROXIES names {', '.join(self.trusted_proxies)}"
        raise ConfigError(
            "DASHBOARD_PASSWORD_HASH",
            problem=f"must be set, because {where}; make one with truetape users hash-password, "
            "add users or tokens with truetape users, or listen on 127.0.0.1 only",
        )

    def allows_host(self, host_header: str) -> bool:
        """Return whether a Host header names this server.

        A hostile page could read this server through a foreign name that resolves to it (DNS
        rebinding).
        """
        name = host_name(host_header)
        if name in self.allowed_hosts or name == self.host:
            return True
        if is_loopback(self.host):
            return is_loopback(name)
        return is_loopback(name) or _is_address(name)


def host_name(host_header: str) -> str:
    """Return the name in a Host header, lower case, without port and brackets."""
    if host_header.startswith("["):
        return host_header[1:].partition("]")[0].lower()
    return host_header.partition(":")[0].lower()


def is_loopback(name: str) -> bool:
    """Return whether a name or address can only mean this machine."""
    return name in _LOOPBACK_NAMES or (_is_address(name) and ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
