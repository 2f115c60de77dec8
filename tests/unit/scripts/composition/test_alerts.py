"""Alert channels and policies from settings; their secrets are shown nowhere."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config import Secret, Settings, load_settings
from config.settings import SECTIONS
from scripts.cli.app import app
from scripts.composition.alerts import (
    channel_names,
    channel_policies_of,
    channels_of,
    rules_of,
    setups_of,
)
from scripts.composition.process import start_logging
from tests.fakes.bus import InMemoryBus
from tests.fakes.web import FakeWeb
from utils.alerts import Severity
from utils.errors import ConfigError

CANARY = "c4n4ry-5ecret"
EVERYTHING = {
    "ALERTS_WEBHOOK_URL": f"https://hooks.example/{CANARY}-1",
    "ALERTS_DISCORD_URL": f"https://discord.example/{CANARY}-2",
    "ALERTS_TELEGRAM_TOKEN": f"{CANARY}-3",
    "ALERTS_TELEGRAM_CHAT": "42",
    "ALERTS_MAIL_HOST": "mail.example",
    "ALERTS_MAIL_USER": "bot",
    "ALERTS_MAIL_PASSWORD": f"{CANARY}-4",
    "ALERTS_MAIL_FROM": "bot@example",
    "ALERTS_MAIL_TO": "you@example, me@example",
    "ALERTS_LEAST_SEVERITY": "critical",
    "ALERTS_QUIET_HOURS": "22:00-07:30",
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    def load_with(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings(None)

    return load_with


def test_without_addresses_page_and_log_are_the_channels(load: Callable[..., Settings]) -> None:
    settings = load()
    assert channel_names(settings) == ("page", "log")
    assert [channel.name for channel in channels_of(settings, InMemoryBus())] == ["page", "log"]


def test_every_address_makes_a_channel_with_its_policy_of(load: Callable[..., Settings]) -> None:
    settings = load(**EVERYTHING)
    names = ("page", "log", "webhook", "telegram", "discord", "mail")
    assert channel_names(settings) == names
    assert tuple(channel.name for channel in channels_of(settings, InMemoryBus())) == names
    page, *_, mail = channel_policies_of(settings)
    assert (page.least, page.quiet) == (Severity.INFO, None)
    assert mail.least is Severity.CRITICAL
    assert mail.quiet is not None
    assert settings.alerts.mail_to == ("you@example", "me@example")


def test_a_channel_that_is_not_in_use_names_the_settings_it_requires(
    load: Callable[..., Settings],
) -> None:
    settings = load(
        ALERTS_WEBHOOK_URL=EVERYTHING["ALERTS_WEBHOOK_URL"], ALERTS_QUIET_HOURS="22:00-07:30"
    )
    setups = setups_of(settings, InMemoryBus())
    assert {setup.name: setup.required_settings for setup in setups if setup.channel is None} == {
        "telegram": ("ALERTS_TELEGRAM_TOKEN", "ALERTS_TELEGRAM_CHAT"),
        "discord": ("ALERTS_DISCORD_URL",),
        "mail": ("ALERTS_MAIL_HOST", "ALERTS_MAIL_FROM", "ALERTS_MAIL_TO"),
    }
    assert [setup.name for setup in setups if setup.channel] == ["page", "log", "webhook"]
    assert all(setup.channel_policy.quiet for setup in setups[2:]), "said before it is in use, too"
    assert CANARY not in repr(setups)


def test_what_a_channel_requires_brings_it_into_use(load: Callable[..., Settings]) -> None:
    needed = {
        name for setup in setups_of(load(), InMemoryBus()) for name in setup.required_settings
    }
    settings = load(**{name: EVERYTHING[name] for name in needed})
    assert all(setup.channel for setup in setups_of(settings, InMemoryBus()))


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"ALERTS_TELEGRAM_TOKEN": CANARY}, "must be set together"),
        ({"ALERTS_MAIL_HOST": "mail.example"}, "must be set together"),
        ({"ALERTS_MAIL_FROM": "bot@example"}, "must be set together"),
        ({"ALERTS_MAIL_USER": "bot"}, "must be set together"),
        ({"ALERTS_MAIL_PASSWORD": CANARY}, "must be set together"),
        ({"ALERTS_QUIET_HOURS": "at night"}, "22:00-07:00"),
        ({"ALERTS_WEBHOOK_URL": f"ftp://{CANARY}"}, "https://"),
        ({"ALERTS_LEAST_SEVERITY": "loud"}, "critical"),
    ],
)
def test_a_wrong_setting_is_refused_without_showing_a_secret(
    load: Callable[..., Settings], variables: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        load(**variables)
    assert CANARY not in str(caught.value)


def test_no_secret_of_the_settings_reaches_a_log(
    load: Callable[..., Settings], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = load(**EVERYTHING)
    folders = settings.folders.model_copy(update={"data_dir": tmp_path})
    start_logging(settings.model_copy(update={"folders": folders}), "canary")
    secrets = [
        value.reveal()
        for name in SECTIONS
        for value in dict(getattr(settings, name)).values()
        if isinstance(value, Secret)
    ]
    assert len([secret for secret in secrets if CANARY in secret]) == 4
    for secret in secrets:
        logging.getLogger("truetape.alerts").error("told %s", secret, extra={"to": secret})
    shown = capfd.readouterr()
    written = (tmp_path / "log" / "canary.jsonl").read_text()
    assert "told ***" in written
    assert CANARY not in written + shown.out + shown.err + repr(settings) + str(settings)


def test_two_rules_of_one_name_are_refused(load: Callable[..., Settings], tmp_path: Path) -> None:
    rule = {"name": "twice", "kind": "absence", "subject": "x", "metric": "f", "after_s": 1,
            "summary": "x"}  # fmt: skip
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"rules": [rule]}))
    with pytest.raises(ConfigError, match="twice: is the name of two rules"):
        rules_of(load(ALERTS_DIR=str(tmp_path)))


@pytest.mark.parametrize(
    ("subject", "current"),
    [
        ("process:upkeep", "process:maintenance"),
        ("process:proofs*", "process:verification*"),
        ("item:upkeep: pass backup", "item:maintenance: pass backup"),
    ],
)
def test_a_rule_about_a_former_process_is_refused_with_the_current_name(
    load: Callable[..., Settings], tmp_path: Path, subject: str, current: str
) -> None:
    rule = {"name": "mine", "kind": "threshold", "subject": subject, "metric": "f", "above": 1,
            "summary": "x"}  # fmt: skip
    (tmp_path / "mine.json").write_text(json.dumps({"rules": [rule]}))
    with pytest.raises(ConfigError) as refused:
        rules_of(load(ALERTS_DIR=str(tmp_path)))
    assert refused.value.field == "mine"
    assert refused.value.problem.endswith(f"write {current!r}")


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [(200, 0, "accepted the test"), (500, 3, "HTTP 500"), (401, 4, "check its settings")],
)
def test_a_channel_can_be_tested_by_command(
    load: Callable[..., Settings], status: int, code: int, message: str
) -> None:
    with FakeWeb(status=status).running() as web:
        load(ALERTS_WEBHOOK_URL=f"{web.url}/{CANARY}")
        outcome = CliRunner().invoke(app, ["alerts", "test", "webhook"])
    assert (outcome.exit_code, len(web.requests)) == (code, 1)
    assert message in outcome.output
    assert CANARY not in outcome.output


def test_a_channel_that_is_not_set_up_cannot_be_tested(load: Callable[..., Settings]) -> None:
    load()
    outcome = CliRunner().invoke(app, ["alerts", "test", "mail"])
    assert outcome.exit_code == 2
    assert "must be one of log, was 'mail'" in outcome.output
