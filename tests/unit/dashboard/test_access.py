import pytest

from dashboard.security.access import Access, host_name, is_loopback
from utils.errors import ConfigError


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])
def test_any_host_but_loopback_needs_a_password(host: str) -> None:
    with pytest.raises(ConfigError, match="DASHBOARD_PASSWORD_HASH"):
        Access(host=host)
    assert Access(host=host, password_hash="$argon2id$x").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_password(host: str) -> None:
    assert Access(host=host).password_hash is None


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
    assert Access().answers_to(header) is allowed


def test_on_a_network_addresses_and_listed_names_are_answered() -> None:
    access = Access(host="0.0.0.0", password_hash="$argon2id$x", allowed_hosts=("desk.lan",))
    assert access.answers_to("192.168.1.5:8050")
    assert access.answers_to("desk.lan:8050")
    assert not access.answers_to("evil.example:8050")


def test_host_headers_are_read_with_ports_and_brackets() -> None:
    assert host_name("[::1]:80") == "::1"
    assert host_name("Desk.lan:80") == "desk.lan"
    assert is_loopback("::1")
    assert not is_loopback("desk.lan")
