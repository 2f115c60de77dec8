"""Settings are typed, frozen, complete in `.env.example`, and never show a secret."""

import pickle
from pathlib import Path

import pytest
from pydantic import ValidationError

from config import ExchangeSettings, SecretUrl, load_settings, variable_names
from data.collectors.factory import EXCHANGES
from utils.errors import ConfigError

ROOT = Path(__file__).parents[3]
CANARY = "canary-5f1d"
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variable_names(EXCHANGES):
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_require_no_variable_at_all() -> None:
    settings = load_settings(None)
    assert settings.database.url is None
    assert settings.redis.url is None
    assert settings.dashboard.host == "127.0.0.1"


def test_settings_are_frozen() -> None:
    settings = load_settings(None)
    with pytest.raises(ValidationError, match="frozen"):
        settings.dashboard.port = 1  # type: ignore[misc]


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DASHBOARD_PORT", "")
    assert load_settings(None).database.url is None
    assert load_settings(None).dashboard.port == 8050


def test_a_variable_of_the_environment_beats_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DASHBOARD_PORT=9001\nREDIS_PREFIX=from-file\n")
    monkeypatch.setenv("DASHBOARD_PORT", "9002")
    settings = load_settings(env_file)
    assert (settings.dashboard.port, settings.redis.prefix) == (9002, "from-file")


def test_lists_and_pairs_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVELS", "collectors=DEBUG, database=WARNING")
    monkeypatch.setenv("DASHBOARD_ALLOWED_HOSTS", "a.example, b.example")
    monkeypatch.setenv("DASHBOARD_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/24")
    settings = load_settings(None)
    assert settings.log.levels == {"collectors": "DEBUG", "database": "WARNING"}
    assert settings.dashboard.allowed_hosts == ("a.example", "b.example")
    assert settings.dashboard.trusted_proxies == ("127.0.0.1", "10.0.0.0/24")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("DASHBOARD_PORT", "99999", "DASHBOARD_PORT: must be at most 65,535"),
        ("DASHBOARD_PORT", "http", "DASHBOARD_PORT: must be a whole number"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LOG_LEVELS", "collectors", "LOG_LEVELS: must look like collectors=DEBUG"),
        ("DATABASE_POOL_SIZE", "0", "DATABASE_POOL_SIZE: must be at least 1"),
        ("DATABASE_URL", "mysql://h/db", "DATABASE_URL: must look like postgresql://"),
        ("REDIS_URL", "http://h", "REDIS_URL: must look like redis://"),
        ("REDIS_PREFIX", "a b", "REDIS_PREFIX: must match pattern"),
        ("OKX_WS_URL", "https://h", "OKX_WS_URL: must look like wss://host:port"),
        ("OKX_REST_URL", "http://h:0", "OKX_REST_URL: must look like https://host:port"),
        ("DASHBOARD_HOST", "http://h", "DASHBOARD_HOST: must be a host name or an IP address"),
        ("RETENTION_TRADES_DAYS", "999999", "RETENTION_TRADES_DAYS: must be at most"),
        ("RETENTION_EQUITY_DAYS", "inf", "RETENTION_EQUITY_DAYS: must be a finite number"),
        ("RETENTION_TRADES_MAX_GB", "1e308", "RETENTION_TRADES_MAX_GB: must be at most"),
        ("LOG_KEEP_DAYS", "nan", "LOG_KEEP_DAYS: must be a finite number"),
        ("SUPERVISOR_STOP_GRACE_S", "1e300", "SUPERVISOR_STOP_GRACE_S: must be at most"),
        ("ALERTS_MAIL_HOST", "smtp://h", "ALERTS_MAIL_HOST: must be a host name or an IP address"),
        ("ALERTS_TELEGRAM_URL", "ftp://h", "ALERTS_TELEGRAM_URL: must look like https://host:port"),
        ("DASHBOARD_TRUSTED_PROXIES", "nginx", "DASHBOARD_TRUSTED_PROXIES"),
        ("DASHBOARD_TRUSTED_PROXIES", "*", "DASHBOARD_TRUSTED_PROXIES"),
        ("DASHBOARD_TRUSTED_PROXIES", "0.0.0.0/0", "DASHBOARD_TRUSTED_PROXIES"),
    ],
)
def test_a_wrong_value_is_one_line_with_variable_rule_and_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        load_settings(None, exchanges=EXCHANGES)
    message = str(caught.value)
    assert message.startswith(expected)
    assert message.endswith(f"was '{value}'")
    assert "\n" not in message


def test_a_text_that_no_store_can_hold_is_refused_in_any_variable(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("BOTS_DIR=a\0b\n")
    with pytest.raises(ConfigError, match="BOTS_DIR: must not contain the NUL character"):
        load_settings(env_file)


def test_a_password_hash_that_is_cut_off_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASHBOARD_PASSWORD_HASH", "$argon2")
    with pytest.raises(
        ConfigError, match="DASHBOARD_PASSWORD_HASH: must be a complete argon2 hash"
    ):
        load_settings(None)


@pytest.mark.parametrize(
    ("misspelt", "name"), [("DATABSE_URL", "DATABASE_URL"), ("OKX_RESTURL", "OKX_REST_URL")]
)
def test_a_misspelt_variable_in_the_file_is_refused_with_the_right_name(
    tmp_path: Path, misspelt: str, name: str
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text(f"{misspelt}=postgresql://h/db\n")
    with pytest.raises(ConfigError, match=f"{misspelt}: did you mean {name}"):
        load_settings(env_file, exchanges=EXCHANGES)


def test_an_exchange_has_variables_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("TINY_EX_REST_URL=http://h:1\nTINY_EX_WS_URL=ws://h:1\n")
    monkeypatch.setenv("TINY_EX_WS_URL", "ws://h:2")
    settings = load_settings(env_file, exchanges=["tiny-ex", "okx"])
    assert settings.exchanges == {
        "tiny-ex": ExchangeSettings(rest_url="http://h:1", ws_url="ws://h:2"),
        "okx": ExchangeSettings(),
    }
    assert variable_names(["tiny-ex"])[-2:] == ["TINY_EX_REST_URL", "TINY_EX_WS_URL"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", f"postgresql://user:{CANARY}@host/db"),
        ("DATABASE_URL", f"mysql://user:{CANARY}@host/db"),
        ("DATABASE_URL", f"postgresql://host/db?user=u&password={CANARY}"),
        ("REDIS_URL", f"redis://:{CANARY}@host/0"),
        ("REDIS_URL", f"ftp://:{CANARY}@host/0"),
        ("DASHBOARD_PASSWORD_HASH", f"$argon2id$v=19$m=65536,t=3,p=4${CANARY}"),
        ("DASHBOARD_PASSWORD_HASH", CANARY),
    ],
)
def test_a_secret_shows_in_no_repr_dump_or_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    try:
        settings = load_settings(None)
        shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
        shown += repr(settings.database.url) + str(settings.redis.url)
    except ConfigError as error:
        shown = f"{error} {error!r} {error.__cause__!r}"
    assert CANARY not in shown
    assert "***" in shown


def test_a_secret_survives_the_way_to_a_child_process() -> None:
    url = SecretUrl("postgresql://u:p@h/db")
    assert pickle.loads(pickle.dumps(url)).reveal() == url.reveal()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:1/db", "postgresql://u:***@h:1/db"),
        ("redis://:p@h/0", "redis://:***@h/0"),
        ("see postgresql://u:p%40x@h and redis://h/0", "see postgresql://u:***@h and redis://h/0"),
        ("postgresql://h/db?password=p&sslmode=on", "postgresql://h/db?password=***&sslmode=on"),
        ("postgresql:///db?host=/a b", "postgresql:///db?host=/a b"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert str(SecretUrl(url)) == shown


def test_env_example_lists_every_variable_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    assert sorted(listed) == sorted({*variable_names(EXCHANGES), *COMPOSE_ONLY})


def test_env_example_itself_can_be_used(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text((ROOT / ".env.example").read_text())
    assert load_settings(env_file) == load_settings(None)
