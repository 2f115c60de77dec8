from datetime import UTC, datetime

import pytest

from dashboard.security.keys import Keys, User, new_token
from dashboard.security.listen_address import ListenAddress, host_name, is_loopback
from dashboard.security.roles import Role
from utils.errors import ConfigError

ALICE = User(name="alice", role=Role.VIEWER, password_hash="$argon2id$x")
TOKEN, _ = new_token("grafana", Role.VIEWER, datetime(2026, 1, 6, tzinfo=UTC))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_any_host_but_loopback_requires_a_password(host: str) -> None:
    with pytest.raises(ConfigError, match="DASHBOARD_PASSWORD_HASH"):
        ListenAddress(host=host).require_keys(Keys())
    ListenAddress(host=host).require_keys(Keys(users=(ALICE,)))
    ListenAddress(host=host).require_keys(Keys(tokens=(TOKEN,)))


def test_a_name_beside_loopback_means_a_proxy_and_requires_a_password() -> None:
    listen_address = ListenAddress(allowed_hosts=("desk.lan",))
    assert not listen_address.is_local
    with pytest.raises(ConfigError, match=r"desk\.lan"):
        listen_address.require_keys(Keys())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_requires_no_password(host: str) -> None:
    ListenAddress(host=host).require_keys(Keys())
    assert ListenAddress(host=host).is_local


@pytest.mark.parametrize(
    ("header", "allowed"),
    [
        ("127.0.0.1:8050", True),
        ("localhost:8050", True),
        ("[::1]:8050", True),
        ("LOCALHOST", True),
        ("evil.example", False),
        ("192.168.1.5:8050", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_on_loopback_only_loopback_names_are_answered(header: str, allowed: bool) -> None:
    assert ListenAddress().allows_host(header) is allowed


def test_on_a_network_addresses_and_listed_names_are_answered() -> None:
    listen_address = ListenAddress(host="0.0.0.0", allowed_hosts=("desk.lan",))
    assert listen_address.allows_host("192.168.1.5:8050")
    assert listen_address.allows_host("desk.lan:8050")
    assert not listen_address.allows_host("evil.example:8050")


def test_host_headers_are_read_with_ports_and_brackets() -> None:
    assert host_name("[::1]:80") == "::1"
    assert host_name("Desk.lan:80") == "desk.lan"
    assert is_loopback("::1")
    assert not is_loopback("desk.lan")
