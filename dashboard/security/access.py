"""Who may reach the dashboard, and by which name. Pure."""

from dataclasses import dataclass
from ipaddress import ip_address

from dashboard.security.keys import Keys
from utils.errors import ConfigError

_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the server listens, and the names it answers to.

    `allowed_hosts` are further names that browsers may use; IP addresses need not be listed unless
    the server is on loopback. `trusted_proxies` are addresses or networks whose forwarding headers
    say where a request comes from.
    """

    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Tell whether only this machine reaches the server. A further name means a proxy."""
        return is_loopback(self.host) and not self.allowed_hosts and not self.trusted_proxies

    def require_keys(self, keys: Keys) -> None:
        """Raise ConfigError if others reach the server and nobody could be told from anybody."""
        if self.is_local or keys.users or keys.tokens:
            return
        where = f"DASHBOARD_HOST is {self.host} and not loopback"
        if is_loopback(self.host) and self.allowed_hosts:
            where = f"DASHBOARD_ALLOWED_HOSTS names {', '.join(self.allowed_hosts)}"
        elif is_loopback(self.host):
            where = f"DASHBOARD_TRUSTED_PROXIES names {', '.join(self.trusted_proxies)}"
        raise ConfigError(
            "DASHBOARD_PASSWORD_HASH",
            problem=f"must be set, because {where}; make one with scripts/hash_password.py, "
            "add users or tokens with scripts/users.py, or listen on 127.0.0.1 only",
        )

    def allows_host(self, host_header: str) -> bool:
        """Tell whether a Host header names this server.

        A foreign name that resolves to us is how a hostile page would read us (DNS rebinding).
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
    """Tell whether a name or address can only mean this machine."""
    return name in _LOOPBACK_NAMES or (_is_address(name) and ip_address(name).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
