"""Who may reach the dashboard, and by which name. Pure."""

from dataclasses import dataclass
from ipaddress import ip_address

from utils.errors import ConfigError

_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where the server listens, the names it answers to, and the hash of its password.

    Without a password it may listen on loopback only. `allowed_hosts` are further names that
    browsers may use; IP addresses need not be listed unless the server is on loopback. Raises
    ConfigError.
    """

    host: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()
    password_hash: str | None = None

    def __post_init__(self) -> None:
        if self.password_hash is None and not is_loopback(self.host):
            raise ConfigError(
                "DASHBOARD_PASSWORD_HASH",
                problem=f"must be set, because DASHBOARD_HOST is {self.host} and not loopback; "
                "make one with scripts/hash_password.py, or listen on 127.0.0.1",
            )

    def answers_to(self, host_header: str) -> bool:
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
